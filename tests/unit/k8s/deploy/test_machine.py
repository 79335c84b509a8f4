"""Which model a rollback finds on this machine, wherever the one before it was killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bento.model import artifact as artifacts
from k8s.deploy import candidate as candidates
from k8s.deploy.errors import DeployError
from k8s.deploy.machine import Machine
from k8s.deploy.models import Models
from k8s.deploy.progress import Progress
from k8s.deploy.steps import rollback
from tests.unit.bento.model.test_artifact import artifact


class KilledError(BaseException):
    """No code of ours handles it, as none hears SIGKILL."""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of three models by digest, in the order in which they are deployed."""
    folder = tmp_path_factory.mktemp("three")
    # Small ones: only their digests matter here.
    return {
        artifacts.save(artifact(damping=damping), folder / str(damping)): folder / str(damping)
        for damping in (60.0, 61.0, 62.0)
    }


class Here:
    """This machine, with two models deployed: the second serves."""

    def __init__(self, folder: Path, three: dict[str, Path]) -> None:
        self.work = folder / "work"
        self.artifact = folder / "artifact"
        self.first, self.second, self.third = three
        self.three = three
        shutil.copytree(three[self.first], self.artifact)
        self.work.mkdir()
        self.deploy(self.second)

    def machine(self) -> Machine:
        found = Machine(Models(self.artifact, self.work / "models"), self.work)
        found.check(set())
        return found

    def deploy(self, digest: str) -> Machine:
        machine = self.machine()
        machine.apply(machine.prepare(candidates.load(self.three[digest])))
        return machine

    def serves(self) -> str:
        return artifacts.load(self.artifact).digest


@pytest.fixture
def here(tmp_path: Path, three: dict[str, Path]) -> Here:
    return Here(tmp_path, three)


def test_a_rollback_goes_back_and_forth(here: Here) -> None:
    for expected in (here.first, here.second, here.first):
        machine = here.machine()
        machine.apply(machine.previous())
        assert here.serves() == expected


def test_killed_before_the_swap_the_way_back_is_that_of_before(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KilledError

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(Models, "put", killed)
            with pytest.raises(KilledError):
                here.deploy(here.third)
        assert here.serves() == here.second
        assert here.machine().previous() == here.first


def test_killed_after_the_swap_the_former_model_is_found(here: Here) -> None:
    here.deploy(here.third)
    assert here.machine().previous() == here.second


@pytest.mark.parametrize("instant", ["before", "after"])
def test_killed_while_it_puts_back(
    instant: str, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Models.put

    def killed(models: Models, digest: str) -> None:
        if instant == "after":
            put(models, digest)
        raise KilledError

    machine = here.deploy(here.third)
    with monkeypatch.context() as patch:
        patch.setattr(Models, "put", killed)
        with pytest.raises(KilledError):
            machine.apply(machine.stable)
    served = here.second if instant == "after" else here.third
    assert here.serves() == served
    assert here.machine().previous() == (here.first if instant == "after" else here.second)


def test_killed_between_two_renames_the_folder_comes_back(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename: Callable[[Path, Path], Path] = Path.rename

    def killed(source: Path, target: Path) -> Path:
        if target == here.artifact:
            raise KilledError
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KilledError):
            here.deploy(here.third)
    assert not here.artifact.exists()
    assert here.machine().stable == here.second == here.serves()
    shutil.rmtree(here.artifact)
    # That is the model to go back to, and not the one before it.
    assert here.machine().previous() == here.second


def test_without_a_former_model_there_is_no_way_back(here: Here) -> None:
    (here.work / "previous").unlink()
    with pytest.raises(DeployError, match="there is no former model"):
        here.machine().previous()


def test_what_was_written_halfway_is_removed_once_nobody_writes_it(here: Here) -> None:
    [file, *_] = here.work.glob("models/*/artifact.json")
    left = here.artifact.parent / ".artifact-dead", file.with_name(".new-dead")
    written = here.artifact.parent / ".artifact-alive"
    for folder in (left[0], written):
        (folder / "new").mkdir(parents=True)
    left[1].touch()
    for each in left:
        os.utime(each, (0, 0))
    here.machine()
    assert [each.exists() for each in (*left, written)] == [False, False, True]


def test_without_a_service_nothing_is_verified(
    here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(Models(here.artifact, here.work / "models"), here.work)
    rollback(machine, None, Progress(Console(highlight=False)))
    assert here.serves() == here.first
    out = capsys.readouterr().out
    assert "– verify    no service to ask" in out
    assert f"goes forward to {here.second}" in out


def test_what_is_put_back_is_named(
    here: Here, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(machine: Machine, version: str) -> None:
        if version != machine.stable:
            raise DeployError("it is not ready")

    monkeypatch.setattr(Machine, "wait", fails)
    machine = Machine(Models(here.artifact, here.work / "models"), here.work)
    with pytest.raises(DeployError, match="it is not ready"):
        rollback(machine, None, Progress(Console(highlight=False)))
    assert here.serves() == here.second
    assert f"✓ put back  {here.second} is there again" in capsys.readouterr().out
