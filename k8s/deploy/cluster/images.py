"""The Bento's image with a candidate in it, whose tag tells the model's digest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from k8s.deploy import programs
from k8s.deploy.candidate import Candidate

__all__ = ["Loading", "build", "digest", "load", "name", "split"]

SCRIPTS = Path(__file__).parents[2]
# Not sha256-…: such tags are those of signatures and of other things that refer to images.
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
_DIGEST, _TAG = "sha256:", "model-"


class Loading(NamedTuple):
    """How images are built and get to the cluster."""

    log: Path
    """Gets what the programs say."""
    is_debian: bool = False
    """Whether the base is made of Debian's packages."""
    kind: str = ""
    """The name of a kind cluster; empty if it is none."""
    command: str = ""
    """That brings the image there, with `$IMAGE` and `$BUILDER`; what k8s/load.sh does if empty."""


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


def build(candidate: Candidate, loading: Loading) -> str:
    """Build it from this working tree; returns its name on this machine.

    Raises:
        DeployError: it cannot be built.
    """
    built = name("valence-bento", candidate.digest)
    loading.log.unlink(missing_ok=True)
    programs.run(
        [str(SCRIPTS / "images.sh"), *(["--debian"] if loading.is_debian else [])],
        loading.log,
        TAG=split(built)[1],
        PARTS="bento",
        ARTIFACT=str(candidate.folder.resolve()),
        SBOM="no",
        # As k8s/kind.sh: kind cannot load an image with attestations.
        **({"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"} if loading.kind else {}),
    )
    return built


def load(built: str, image: str, loading: Loading) -> None:
    """Bring it to where the cluster finds it.

    Args:
        built: its name on this machine.
        image: its name in the cluster.
        loading: how.

    Raises:
        DeployError: it does not get there.
    """
    command = [str(SCRIPTS / "load.sh"), built, image]
    programs.run(command, loading.log, KIND=loading.kind, LOAD=loading.command)
