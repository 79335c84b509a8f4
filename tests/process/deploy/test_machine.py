"""`python -m k8s.deploy` on the processes of `make up`."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bento.model import artifact as artifacts
from gateway.http.access import tokens
from tests.support import deployments
from tests.support.deployments import tuned, until_step
from tests.support.gateways import Gateway
from tests.support.ups import ROOT, Up, until_printed


class Machine:
    """A running `make up`, and deployments to it."""

    def __init__(self, up: Up, folder: Path) -> None:
        self.up = up
        self.artifact = folder / "artifact"
        self.work = folder / "work"

    def start(self, command: str, *arguments: object) -> subprocess.Popen[str]:
        where = {"url": self.up.url, "artifact": self.artifact, "work": self.work}
        return deployments.start(command, where, *arguments)

    def run(self, command: str, *arguments: object) -> tuple[int, str, str]:
        """The exit code, the output and the errors."""
        child = self.start(command, *arguments)
        out, err = child.communicate(timeout=100)
        assert "Traceback" not in err
        return child.returncode, out, err

    def refused(self, *arguments: object, command: str = "model") -> str:
        """The last line of a run that has changed nothing; the only one but for progress."""
        before = self.model()
        code, out, err = self.run(command, *arguments)
        assert "apply" not in out
        assert code == 1
        assert self.model() == before == artifacts.load(self.artifact).digest
        lines = [line for line in err.splitlines() if not line.startswith("Answering")]
        assert len([line for line in lines if line.strip()]) == 1, err
        return lines[-1]

    def model(self) -> str:
        """The digest that `POST /comments` answers with."""
        while True:  # a Bento that starts refuses
            answer = httpx.post(f"{self.up.url}/comments", json={"comment": "It is good."})
            if answer.status_code == 201:
                return str(answer.json()["model"])


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    shutil.copytree(ROOT / "bento/artifact", folder / "artifact")
    up = Up(folder, BENTO_ARTIFACT_DIR=folder / "artifact")
    with up.running() as child:
        until_printed(up, child, "curl -X POST")
        machine = Machine(up, folder)
        machine.model()  # so that there is a record to replay
        yield machine
    assert "Traceback" not in up.output()


def test_a_candidate_serves_and_the_former_model_again(
    machine: Machine, candidate: Path, digest: str
) -> None:
    former = machine.model()
    code, out, err = machine.run("model", "--candidate", candidate)
    assert code == 0, err
    assert machine.model() == digest
    for step in ("check", "replay", "apply", "verify", "keep"):
        assert re.search(rf"^✓ {step} ", out, re.MULTILINE), out
    assert (machine.work / "replay.html").exists()
    assert f"`make rollback` goes back to {former}" in out
    assert "runs already" in machine.refused("--candidate", candidate)
    nobody = machine.refused("--url=http://127.0.0.1:1", command="rollback")
    assert "http://127.0.0.1:1: cannot be reached: " in nobody
    code, out, err = machine.run("rollback")
    assert code == 0, err
    assert f"to {former}" in out
    assert f"`make rollback` goes forward to {digest}" in out
    assert machine.model() == former
    # Each of the files beside the arrays is there again.
    assert {file.name for file in machine.artifact.iterdir()} == {
        file.name for file in (ROOT / "bento/artifact").iterdir()
    }


def test_too_many_changes_are_refused(machine: Machine, tmp_path: Path) -> None:
    tuned(tmp_path / "neutral", 9.0)
    line = machine.refused("--candidate", tmp_path / "neutral", "--max-changed", 0)
    assert "of the answers change, more than 0.00%" in line


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("no artifact", "rm", "There is no artifact in "),
        ("another format", '"format": 1', "has format 1; this version reads format "),
        ("damaged", '"damping": 7.5', "is damaged"),
    ],
)
def test_artifacts_that_cannot_be_served_are_refused(
    name: str, wrong: str, said: str, machine: Machine, candidate: Path, tmp_path: Path
) -> None:
    folder = tmp_path / name
    shutil.copytree(candidate, folder)
    manifest = folder / "artifact.json"
    if wrong == "rm":
        manifest.unlink()
    else:
        field = wrong.partition(":")[0]
        manifest.write_text(re.sub(rf"{field}: [\d.]+", wrong, manifest.read_text()))
    assert said in machine.refused("--candidate", folder)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "deploy: nothing to deploy: give DATA or FEEDBACK to train on, or CANDIDATE"),
        (["--data=a.csv"], "but not both"),
        (["--url=http://10.0.0.1"], "is not this machine: give OVERLAY"),
        (["--url=http://127.0.0.1:1"], "http://127.0.0.1:1: cannot be reached: "),
        (["--token-file=/nowhere"], "/nowhere: No such file or directory"),
    ],
    ids=str,
)
def test_what_is_missing_is_named(
    arguments: list[str], said: str, machine: Machine, candidate: Path
) -> None:
    given = [f"--candidate={candidate}", *arguments] if arguments else []
    assert said in machine.refused(*given)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--data=/nowhere.csv", "deploy: DATA /nowhere.csv: No such file or directory"),
        ("--feedback=/", "deploy: FEEDBACK /: Is a directory"),
        ("--feedback=http://127.0.0.1:1", "deploy: http://127.0.0.1:1: cannot be reached: "),
    ],
)
def test_what_cannot_be_trained_on_is_named_before_the_steps(
    argument: str, said: str, machine: Machine
) -> None:
    code, out, err = machine.run("model", argument)
    assert (code, out) == (1, "")
    assert err.startswith(said)


def test_a_token_without_the_roles_is_refused(
    machine: Machine, candidate: Path, tmp_path: Path
) -> None:
    token, line = tokens.new("reader", "read")
    bento = f"http://127.0.0.1:{machine.up.bento_port}"
    with Gateway(bento, GATEWAY_TOKENS=line) as gateway:
        file = tmp_path / "token"
        file.write_text(token)
        given = (f"--candidate={candidate}", f"--url={gateway.url}")
        assert "it takes a token with the role read" in machine.refused(*given)
        submit = [machine.refused(*given, f"--token-file={file}")]
        for token_file in ([], [f"--token-file={file}"]):
            arguments = (f"--url={gateway.url}", *token_file)
            submit.append(machine.refused(*arguments, command="rollback"))
    for line in submit:
        assert "it takes a token with the role submit (TOKEN_FILE)" in line


def test_an_export_that_was_cut_off_is_refused(machine: Machine, tmp_path: Path) -> None:
    with httpx.stream("GET", f"{machine.up.url}/comments/export?format=jsonl") as export:
        whole = export.read()
    (tmp_path / "export.jsonl").write_bytes(whole.removesuffix(b"\n"))
    line = machine.refused("--feedback", tmp_path / "export.jsonl")
    assert line.startswith("Error: ")
    assert "the export was cut off" in line


def test_a_second_deployment_is_refused(machine: Machine, candidate: Path) -> None:
    first = machine.start("model", "--candidate", candidate, "--replay=0")
    assert first.stdout
    until_step(first, "✓ check")
    line = machine.refused("--candidate", candidate)
    assert line == f"deploy: another deployment runs: it holds {machine.work}/lock"
    first.send_signal(signal.SIGTERM)
    first.communicate()


@pytest.mark.parametrize("step", ["apply", "verify"])
def test_one_that_is_killed_is_healed(
    step: str, machine: Machine, candidate: Path, digest: str
) -> None:
    former = artifacts.load(machine.artifact).digest
    child = machine.start("model", "--candidate", candidate, "--replay=0")
    until_step(child, f"… {step}")
    child.kill()
    child.communicate()
    # It was not verified, but it is one of the two, whole.
    left = artifacts.load(machine.artifact).digest
    assert left in {former, digest}
    if left == digest:
        code, _, err = machine.run("rollback")
        assert code == 0, err
    assert machine.model() == former


def test_an_interrupt_puts_the_former_model_back(machine: Machine, candidate: Path) -> None:
    former = machine.model()
    child = machine.start("model", "--candidate", candidate, "--replay=0")
    until_step(child, "… verify")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, "deploy: interrupted; the former model serves\n")
    assert f"{former} answers again" in out
    assert machine.model() == former
