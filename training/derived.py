"""Artifacts that are made from another one without training."""

from contextlib import suppress
from pathlib import Path

from bento.model.artifact import Artifact, load
from bento.model.artifact import save as save_artifact
from bento.model.manifest import ArtifactError
from training.errors import DataError

__all__ = ["save"]


def save(artifact: Artifact, original: Artifact, output: Path) -> str:
    """Save an artifact that was made from the original to a folder, and return its digest.

    Raises:
        DataError: the folder has the original, which nobody could make again from the other.
    """
    with suppress(ArtifactError):
        if load(output).manifest.digest == original.manifest.digest:
            raise DataError(
                f"{output}: has the artifact that is to be changed; name another folder."
            )
    return save_artifact(artifact, output)
