"""A cluster that is none, and `python -m k8s.deploy` on it, in this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bento.model import artifact as artifacts
from k8s.deploy.__main__ import main
from k8s.deploy.cluster import images, lease, rollout
from k8s.deploy.steps import SIGNALS
from tests.support.deployments import ROOT, tuned
from tests.support.kubernetes_api import kubeconfig
from tests.support.rollouts import World
from tests.support.scripted import scripted

OLD = "localhost/valence-bento:dev"


class Ran(NamedTuple):
    """How a run ended."""

    exit_code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with another artifact than the trained one."""
    folder = tmp_path_factory.mktemp("candidate") / "artifact"
    tuned(folder, 0.3)
    return folder


@pytest.fixture(scope="session")
def digest(candidate: Path) -> str:
    return artifacts.load(candidate).digest


@pytest.fixture
def new(digest: str) -> str:
    return images.name("localhost/valence-bento", digest)


@pytest.fixture
def world() -> World:
    return World()


class Deployer:
    """Runs the commands on a world."""

    def __init__(
        self, folder: Path, urls: tuple[str, str], capture: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.overlay = folder / "mine"
        self.overlay.mkdir()
        base = os.path.relpath(ROOT / "k8s/overlays/local", self.overlay.resolve())
        (self.overlay / "kustomization.yaml").write_text(
            f"resources: [{base}]\n"
            "images:\n"
            "  - {name: localhost/valence-gateway, newTag: dev}\n"
            "  - name: localhost/valence-bento\n"
            "    newTag: dev  # of the model\n"
        )
        self._server, self.url = urls
        self._capture = capture
        self.artifact = folder / "artifact"
        self.context = "it"

    def _where(self) -> list[str]:
        where = {
            "overlay": self.overlay,
            "url": self.url,
            "kubeconfig": kubeconfig(self.folder, self._server, self.context),
            "context": self.context,
            "artifact": self.artifact,
            "work": self.folder / "work",
        }
        return [f"--{name}={value}" for name, value in where.items()]

    def start(self, command: str, *arguments: object) -> subprocess.Popen[str]:
        """Run it in a process of its own."""
        program = Path(__file__).with_name("killed.py")
        return subprocess.Popen(
            [
                *(sys.executable, program, self.folder / "scripts"),
                *(command, *self._where(), *map(str, arguments)),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, command: str, *arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([command, *self._where(), *map(str, arguments)], standalone_mode=True)
        captured = self._capture.readouterr()
        code = ended.value.code
        if isinstance(code, str):  # the interpreter prints it
            return Ran(1, captured.out, f"{code}\n")
        # Beside what the stand-ins say when a request to them is interrupted.
        ours = [line for line in captured.err.splitlines() if line.startswith("deploy: ")]
        return Ran(int(code or 0), captured.out, "\n".join(ours))

    @property
    def kustomization(self) -> str:
        return (self.overlay / "kustomization.yaml").read_text()


@pytest.fixture
def deploy(
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployer]:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name in ("images.sh", "load.sh"):
        script = scripts / name
        script.write_text(
            f'#!/bin/sh\necho "{name} $* TAG=$TAG PARTS=$PARTS KIND=$KIND LOAD=$LOAD'
            f' PLAIN=$BUILDX_NO_DEFAULT_ATTESTATIONS" >>{tmp_path}/calls\n'
            f"[ ! -e {tmp_path}/fails ] || {{ echo no space left; exit 3; }}\n"
        )
        script.chmod(0o755)
    monkeypatch.setattr(images, "SCRIPTS", scripts)
    for name in ("BUILDX_NO_DEFAULT_ATTESTATIONS", "KIND", "LOAD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(lease, "SECONDS", 2.0)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(lease, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(rollout, "PAUSE_SECONDS", 0.01)
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    with scripted(world.kubernetes) as server, scripted(world.service) as url:
        yield Deployer(tmp_path, (server, url), capsys)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def refused(ran: Ran) -> str:
    """The only line of a run that has changed nothing."""
    assert ran.exit_code == 1
    [line] = ran.err.splitlines()
    assert line.startswith("deploy: ")
    return line
