"""Deployments to a cluster that are interrupted or killed, or two of them at once."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from k8s.deploy.cluster import lease
from tests.process.deploy.conftest import OLD, Deployer, refused
from tests.support.deployments import until_step
from tests.support.rollouts import FORMER, World


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_puts_it_back(
    number: signal.Signals, deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    def interrupt() -> None:
        os.kill(os.getpid(), number)

    world.on_apply = interrupt
    ran = deploy("model", "--candidate", candidate)
    assert ran.exit_code == 128 + number
    assert ran.err.splitlines() == ["deploy: interrupted; the former model serves"]
    assert world.images[0] == world.image == OLD
    assert set(world.images) == {OLD, new}


def test_a_second_interrupt_does_not_stop_the_way_back(
    deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    world.on_apply = lambda: os.kill(os.getpid(), signal.SIGINT)
    world.broken = lambda image: image == new
    ran = deploy("model", "--candidate", candidate)
    assert ran.exit_code == 130
    assert "is being put back" in ran.out
    assert world.image == OLD


def test_a_second_deployment_is_refused(deploy: Deployer, world: World, candidate: Path) -> None:
    end = threading.Event()

    def hold() -> None:
        while not end.wait(0.02):
            world.renew("somebody@there, process 7")

    world.renew("somebody@there, process 7")
    other = threading.Thread(target=hold)
    other.start()
    try:
        line = refused(deploy("model", "--candidate", candidate))
    finally:
        end.set()
        other.join()
    assert line == "deploy: another deployment runs: somebody@there, process 7"
    assert world.images == [OLD]


def test_the_lease_of_one_that_was_killed_ends(
    deploy: Deployer,
    world: World,
    candidate: Path,
    new: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lease, "SECONDS", 0.5)
    world.renew("who was killed")
    assert deploy("model", "--candidate", candidate).exit_code == 0
    assert world.image == new


def test_a_lease_that_was_lost_changes_nothing(
    deploy: Deployer, world: World, candidate: Path
) -> None:
    # The image takes so long that another deployment took the lease for one of the dead.
    (deploy.folder / "scripts/load.sh").write_text(
        f"#!/bin/sh\ntouch {deploy.folder}/built\nuntil [ -e {deploy.folder}/go ]; do :; done\n"
    )

    world.on_conflict = (deploy.folder / "go").touch

    def take() -> None:
        while not (deploy.folder / "built").exists():
            pass
        world.renew("another")

    other = threading.Thread(target=take)
    other.start()
    line = refused(deploy("model", "--candidate", candidate))
    other.join()
    assert "another deployment may run now" in line
    assert world.images == [OLD]


def test_one_that_is_killed_before_it_applies_changes_nothing(
    deploy: Deployer, world: World, candidate: Path
) -> None:
    (deploy.folder / "scripts/load.sh").write_text("#!/bin/sh\nexec sleep 60\n")
    killed(deploy, candidate, "bring")
    assert world.images == [OLD]


@pytest.mark.parametrize(
    ("step", "world"),
    [("wait", World(broken=lambda image: image != OLD)), ("verify", World(wrong=FORMER))],
    ids=["wait", "verify"],
)
def test_one_that_is_killed_is_healed(
    step: str, deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    killed(deploy, candidate, step)
    assert world.images == [OLD, new]
    ran = deploy("rollback")
    assert ran.exit_code == 0, ran
    assert world.images == [OLD, new, OLD]


def killed(deploy: Deployer, candidate: Path, step: str) -> None:
    """Kill a deployment in a step that does not end."""
    child = deploy.start("model", "--candidate", candidate)
    until_step(child, f"… {step}")
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
