"""Artifacts that are made from another one without training."""

from contextlib import suppress
from pathlib import Path

from bento.model import artifact as artifacts
from bento.model.artifact import Artifact
from bento.model.manifest import ArtifactError
from training.errors import DataError

__all__ = ["check_output"]


def check_output(original: Artifact, output: Path) -> None:
    """
    Raises:
        DataError: the folder has the artifact that another is made from. Nobody could make it again
            from that one.
        ArtifactError: it has files that are not an artifact's.
    """
    artifacts.check_replaceable(output)
    with suppress(ArtifactError):
        if artifacts.load(output).manifest.digest == original.manifest.digest:
            raise DataError(
                f"{output}: has the artifact that is to be changed; name another folder."
            )
