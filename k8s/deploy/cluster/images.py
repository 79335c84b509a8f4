"""The Bento's image with a candidate in it, whose tag tells the model's digest."""

from __future__ import annotations

import re
from pathlib import Path

from k8s.deploy import programs
from k8s.deploy.candidate import Candidate

__all__ = ["build", "digest", "load", "name", "split"]

SCRIPTS = Path(__file__).parents[2]
# Not sha256-…: such tags are those of signatures and of other things that refer to images.
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
_DIGEST, _TAG = "sha256:", "model-"


def name(repository: str, digest: str) -> str:
    """The image with a model, in a repository."""
    return f"{repository}:{_TAG}{digest.removeprefix(_DIGEST)}"


def digest(image: str) -> str:
    """The digest of the model in an image, as its tag tells; empty if it does not."""
    tag = split(image)[1]
    is_model = re.fullmatch(rf"{_TAG}[0-9a-f]{{64}}", tag)
    return f"{_DIGEST}{tag.removeprefix(_TAG)}" if is_model else ""


def split(image: str) -> tuple[str, str]:
    """The repository of an image, and its tag, which may be empty."""
    # A colon before the last slash is that of a port.
    folder, slash, last = image.partition("@")[0].rpartition("/")
    base, _, tag = last.partition(":")
    return f"{folder}{slash}{base}", tag


def build(candidate: Candidate, log: Path, *, is_debian: bool) -> str:
    """Build it from this working tree; returns its name on this machine.

    Args:
        candidate: the model.
        log: a file for what the builder says.
        is_debian: whether its base is made of Debian's packages.

    Raises:
        DeployError: it cannot be built.
    """
    built = name("valence-bento", candidate.digest)
    programs.run(
        [str(SCRIPTS / "images.sh"), *(["--debian"] if is_debian else [])],
        log,
        TAG=split(built)[1],
        PARTS="bento",
        ARTIFACT=str(candidate.folder.resolve()),
        SBOM="no",
    )
    return built


def load(built: str, image: str, log: Path, *, kind: str, command: str) -> None:
    """Bring it to where the cluster finds it.

    Args:
        built: its name on this machine.
        image: its name in the cluster.
        log: a file for what the programs say.
        kind: the name of a kind cluster; empty if it is none.
        command: that does it, with `$IMAGE` and `$BUILDER`; what k8s/load.sh does if empty.

    Raises:
        DeployError: it does not get there.
    """
    programs.run([str(SCRIPTS / "load.sh"), built, image], log, KIND=kind, LOAD=command)
