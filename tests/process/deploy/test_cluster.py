"""Deployments and rollbacks on a cluster that is none; tests/cluster has a real one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from k8s.deploy import service
from tests.process.deploy.conftest import OLD, Deployer, refused
from tests.support.rollouts import FORMER, World


def test_a_candidate_serves(
    deploy: Deployer, world: World, candidate: Path, digest: str, new: str
) -> None:
    ran = deploy("model", "--candidate", candidate, "--load", "cp")
    assert ran.exit_code == 0, ran
    assert world.images == [OLD, new]
    assert f"{digest} answers" in ran.out
    calls = (deploy.folder / "calls").read_text().splitlines()
    tag = new.rpartition(":")[2]
    assert calls == [
        f"images.sh  TAG={tag} PARTS=bento KIND= LOAD= PLAIN=",
        f"load.sh valence-bento:{tag} {new} TAG= PARTS= KIND= LOAD=cp PLAIN=",
    ]
    assert f'newTag: "{tag}"  # of the model' in deploy.kustomization
    assert deploy.kustomization.count("newTag: dev") == 1
    # The next image has the model, too.
    assert (deploy.artifact / "artifact.json").exists()
    assert world.lease is not None
    assert "holderIdentity" not in world.lease["spec"]
    again = deploy("model", "--candidate", candidate)
    assert "runs already" in refused(again)
    assert world.images == [OLD, new]


def test_a_kind_cluster_gets_an_image_that_it_can_load(
    deploy: Deployer, candidate: Path, new: str
) -> None:
    deploy.context = "kind-mine"
    assert deploy("model", "--candidate", candidate).exit_code == 0
    build, load = (deploy.folder / "calls").read_text().splitlines()
    assert build.endswith(" PLAIN=1")
    assert new in load
    assert " KIND=mine " in load


def test_what_does_not_become_ready_is_put_back(
    deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    world.broken = lambda image: image == new
    line = refused(deploy("model", "--candidate", candidate))
    assert "ImagePullBackOff, there is no such image" in line
    assert world.images == [OLD, new, OLD]
    assert "newTag: dev  # of the model" in deploy.kustomization


def test_wrong_answers_are_put_back(
    deploy: Deployer,
    world: World,
    candidate: Path,
    new: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "EXPECT_SECONDS", 0.1)
    world.wrong = FORMER
    line = refused(deploy("model", "--candidate", candidate))
    assert f"answers with {FORMER[:19]}, not " in line
    assert world.images == [OLD, new, OLD]


def test_what_somebody_else_put_there_stays(
    deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    world.on_apply = lambda: world.images.append("localhost/valence-bento:other")
    line = refused(deploy("model", "--candidate", candidate))
    assert "somebody else has put localhost/valence-bento:other there meanwhile" in line
    assert world.images == [OLD, new, "localhost/valence-bento:other"]


def test_a_rollback_names_what_it_goes_back_to(
    deploy: Deployer, world: World, digest: str, new: str
) -> None:
    first = f"localhost/valence-bento:model-{'1' * 64}"
    world.images = [OLD, first, new]
    deploy.overlay.joinpath("kustomization.yaml").write_text(
        deploy.kustomization.replace("newTag: dev  #", f"newTag: {new.rpartition(':')[2]}  #")
    )
    ran = deploy("rollback")
    assert ran.exit_code == 0, ran
    assert f"to {first} (sha256:{'1' * 64})" in ran.out
    assert world.images == [OLD, first, new, first]
    assert f'newTag: "model-{"1" * 64}"' in deploy.kustomization
    assert f"sha256:{'1' * 64} answers" in ran.out
    # And forth again: as with `kubectl rollout undo`, it is the one before.
    ran = deploy("rollback")
    assert f"to {new} ({digest})" in ran.out
    assert world.image == new


def test_a_rollback_heals_a_rollout_that_stalls(deploy: Deployer, world: World, new: str) -> None:
    world.images = ["localhost/valence-bento:older", OLD, new]
    world.broken = lambda image: image == new
    ran = deploy("rollback")
    assert ran.exit_code == 0, ran
    assert world.image == OLD


def test_a_deployment_heals_one_that_was_killed(
    deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    stuck = "localhost/valence-bento:stuck"
    world.images = [OLD, stuck]
    world.broken = lambda image: image in {stuck, new}
    refused(deploy("model", "--candidate", candidate))
    # What served is put back, and not what was about to.
    assert world.images == [OLD, stuck, new, OLD]
    world.images = [OLD, stuck]
    world.broken = lambda image: image == stuck
    assert deploy("model", "--candidate", candidate).exit_code == 0
    assert world.image == new


def test_a_deployment_ends_what_one_that_was_killed_did_not_keep(
    deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    file = deploy.overlay / "kustomization.yaml"
    before = file.read_text()
    assert deploy("model", "--candidate", candidate).exit_code == 0
    file.write_text(before)
    ran = deploy("model", "--candidate", candidate)
    assert ran.exit_code == 0, ran
    assert new.rpartition(":")[2] in deploy.kustomization
    assert world.images == [OLD, new]


def test_without_a_former_image_a_rollback_says_so(deploy: Deployer, world: World) -> None:
    assert "no former image in its history" in refused(deploy("rollback"))
    assert world.images == [OLD]


@pytest.mark.parametrize(
    ("label", "owner"),
    [
        ("kustomize.toolkit.fluxcd.io/name", "Flux"),
        ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ],
)
def test_what_follows_git_is_left_to_git(
    label: str, owner: str, deploy: Deployer, world: World, candidate: Path, new: str
) -> None:
    world.labels = {label: "valence"}
    assert f"{owner} keeps this cluster like git" in refused(
        deploy("model", "--candidate", candidate)
    )
    ran = deploy("model", "--candidate", candidate, "--image-only")
    assert ran.exit_code == 0
    assert new in ran.out
    assert "load.sh" in (deploy.folder / "calls").read_text()
    assert world.images == [OLD]


def test_an_image_that_cannot_be_built_changes_nothing(
    deploy: Deployer, world: World, candidate: Path
) -> None:
    (deploy.folder / "fails").touch()
    line = refused(deploy("model", "--candidate", candidate))
    log = deploy.folder / "work" / "image.log"
    assert line == f"deploy: images.sh failed ({log}): no space left"
    assert world.images == [OLD]


def test_a_cluster_that_refuses_is_named(deploy: Deployer, world: World, candidate: Path) -> None:
    world.forbidden = "PATCH"
    assert "does not allow it: 403" in refused(deploy("model", "--candidate", candidate))
    assert world.images == [OLD]


def test_a_canary_must_end_first(
    deploy: Deployer, world: World, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LEAVE_SECONDS", 0.1)
    digests = itertools.cycle([FORMER, "sha256:" + "2" * 64])
    world.on_ask = lambda: setattr(world, "wrong", next(digests))
    line = refused(deploy("model", "--candidate", candidate))
    assert "several models answer" in line
    assert world.images == [OLD]
