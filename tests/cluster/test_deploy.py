"""`python -m k8s.deploy` on the cluster: another model without a lost comment, and back again.

The candidate is made by `training tune`, and its image is built here: FROM=debian and BUILD_FLAGS
are those of `make images`, and LOAD is the command that brings $IMAGE to the nodes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bento.model import artifact as artifacts
from k8s.deploy.cluster import images, lease
from tests.cluster.cluster import NAMESPACE, OVERLAY, Cluster, kubectl, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad
from tests.cluster.table import models
from tests.support import deployments
from tests.support.deployments import ARTIFACT, tuned, until_step

pytestmark = pytest.mark.timeout(1200)

# Of these nothing is left in the cluster; of the others a rollout is.
BEFORE = ("check", "bring")
AFTER = ("apply", "wait", "verify")


class Deployer:
    """Deployments to the cluster, from folders of their own."""

    def __init__(self, url: str, folder: Path, image: str) -> None:
        self.url = url
        self.folder = folder
        self.artifact = folder / "artifact"
        shutil.copytree(ARTIFACT, self.artifact)
        self.overlay = folder / "mine"
        self.overlay.mkdir()
        # As the user's own: it names the images that run, and gets the new tag.
        repository, tag = images.split(image)
        base = os.path.relpath(OVERLAY.resolve(), self.overlay.resolve())
        (self.overlay / "kustomization.yaml").write_text(
            f"resources: [{base}]\nimages:\n  - name: {repository}\n    newTag: {tag}\n"
        )

    def start(self, command: str, *arguments: object) -> subprocess.Popen[str]:
        where = {
            "url": self.url,
            "overlay": self.overlay,
            "artifact": self.artifact,
            "work": self.folder / "work",
        }
        return deployments.start(command, where, *arguments, stderr=subprocess.STDOUT)

    def candidate(self, folder: Path, *arguments: str) -> subprocess.Popen[str]:
        """Deploy an artifact."""
        debian = ["--debian"] if os.environ.get("FROM") == "debian" else []
        given = ("--candidate", folder, "--max-changed", 1, "--replay", 1000)
        return self.start("model", *given, *debian, *arguments)

    @property
    def tag(self) -> str:
        """In the overlay."""
        text = (self.overlay / "kustomization.yaml").read_text()
        [tag] = re.findall(r'newTag: "?([^"\n]+)"?', text)
        return str(tag)


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("candidate") / "artifact"
    tuned(folder, 0.25)
    return folder


@pytest.fixture(scope="module")
def digest(candidate: Path) -> str:
    return artifacts.load(candidate).digest


@pytest.fixture
def deployer(settled: Cluster, url: str, tmp_path: Path) -> Iterator[Deployer]:
    image = settled.image("bento")

    def has_left() -> bool:
        return len(settled.all_pods("bento")) == len(settled.pods("bento"))

    wait("no pod of a rollout before answers any more", has_left, seconds=120)
    yield Deployer(url, tmp_path, image)
    if settled.image("bento") != image:
        settled.set_tag("bento", images.split(image)[1])
    settled.settle()


def ended(child: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and output."""
    out, _ = child.communicate(timeout=900)
    assert "Traceback" not in out
    return child.returncode, out


def model(url: str) -> str:
    """The digest that a new comment gets."""
    answer = httpx.post(f"{url}/comments", json={"comment": "It is good."}, timeout=15)
    return str(answer.json()["model"])


def answers(url: str, digest: str) -> None:
    """Wait until a comment gets this model: those that leave may answer for half a minute."""
    wait(f"{digest} answers", lambda: model(url) == digest, seconds=60)


def test_nothing_is_lost_on_the_way_there_and_back(
    deployer: Deployer, settled: Cluster, url: str, candidate: Path, digest: str
) -> None:
    old, former = settled.image("bento"), model(url)
    gateway = settled.deployment("gateway").spec.template.to_dict()
    with SteadyLoad(url) as load:
        wait("the first answers", lambda: len(load.acknowledged) > 20, seconds=30)
        code, out = ended(deployer.candidate(candidate))
        assert code == 0, out
        assert f"{digest} answers" in out
        answers(url, digest)
        new = settled.image("bento")
        assert images.digest(new) == digest
        assert deployer.tag == images.split(new)[1]
        again, said = ended(deployer.candidate(candidate))
        assert (again, "runs already" in said) == (1, True)
        code, out = ended(deployer.start("rollback"))
        assert code == 0, out
        assert f"to {old}" in out
        answers(url, former)
    # The rest of the installation was left alone.
    assert settled.deployment("gateway").spec.template.to_dict() == gateway
    assert settled.image("bento") == old
    assert deployer.tag == images.split(old)[1]
    assert load.failures == []
    assert models(settled, load.acknowledged).keys() == load.acknowledged
    record("deploy and rollback", sent=load.sent, failed=len(load.failures))


@pytest.mark.parametrize("load", ["true", "exit 7"], ids=["never", "fails"])
def test_an_image_that_does_not_get_there_is_put_back(
    load: str, deployer: Deployer, settled: Cluster, url: str, tmp_path: Path
) -> None:
    # An artifact of which no node has the image.
    tuned(tmp_path / "other", 0.125)
    old, former = settled.image("bento"), model(url)
    with SteadyLoad(url) as steady:
        code, out = ended(deployer.candidate(tmp_path / "other", "--load", load))
        assert code == 1, out
    reason = "Pull" if load == "true" else "load.sh failed"
    assert reason in out.splitlines()[-1]
    assert settled.image("bento") == old
    answers(url, former)
    assert deployer.tag == images.split(old)[1]
    assert steady.failures == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_puts_the_old_image_back(
    number: signal.Signals, deployer: Deployer, settled: Cluster, url: str, candidate: Path
) -> None:
    old, former = settled.image("bento"), model(url)
    with SteadyLoad(url) as load:
        child = deployer.candidate(candidate)
        until_step(child, "… wait")
        child.send_signal(number)
        code, out = ended(child)
    assert code == 128 + number, out
    assert settled.image("bento") == old
    answers(url, former)
    assert load.failures == []


@pytest.mark.parametrize("step", [*BEFORE, *AFTER])
def test_a_kill_is_healed(
    step: str, deployer: Deployer, settled: Cluster, url: str, candidate: Path, digest: str
) -> None:
    old, former = settled.image("bento"), model(url)
    with SteadyLoad(url) as load:
        child = deployer.candidate(candidate)
        until_step(child, f"… {step}")
        child.kill()
        ended(child)
        assert model(url) in {former, digest}
        if step in BEFORE:
            assert settled.image("bento") == old
        if settled.image("bento") == old:
            # Nothing is to be undone, and the lease of the killed one ends by itself.
            code, out = ended(deployer.candidate(candidate))
            assert code == 0, out
            answers(url, digest)
        code, out = ended(deployer.start("rollback"))
        assert code == 0, out
    assert settled.image("bento") == old
    answers(url, former)
    assert load.failures == []


def test_a_second_deployment_is_refused(
    deployer: Deployer, settled: Cluster, candidate: Path
) -> None:
    old = settled.image("bento")
    first = deployer.candidate(candidate)
    until_step(first, "✓ check")
    code, out = ended(deployer.candidate(candidate))
    first.send_signal(signal.SIGTERM)
    ended(first)
    assert code == 1
    assert "another deployment runs: " in out.splitlines()[-1]
    assert settled.image("bento") == old
    holder = "jsonpath={.spec.holderIdentity}"
    assert kubectl("-n", NAMESPACE, "get", "lease", lease.NAME, "--output", holder) == ""
