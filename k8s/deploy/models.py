"""The model of this folder, which `make up` serves and images get, and those that it was before."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from bento.model import artifact as artifacts
from bento.model.manifest import ArtifactError
from k8s.deploy.errors import DeployError

__all__ = ["Models", "digest"]

_DIGESTED = {"arrays.npz", "artifact.json"}
"""Other files describe the model, as its card does."""
_STALE_SECONDS = 60.0
"""Writing an artifact takes a second or two."""


class Models:
    """The folder of an artifact, and a registry of those that were deployed or replaced, as
    `python -m training publish` writes it."""

    def __init__(self, artifact: Path, registry: Path) -> None:
        """
        Args:
            artifact: the folder, `BENTO_ARTIFACT_DIR`.
            registry: a folder.
        """
        self.artifact = artifact
        self.registry = registry

    def keep(self, folder: Path) -> None:
        """Copy the artifact in a folder to the registry.

        Raises:
            DeployError: it is missing or damaged.
        """
        place = self._place(digest(folder))
        if place.exists():
            return
        self.registry.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.registry, prefix=".new-") as name:
            copied = shutil.copytree(folder, Path(name, "copy"))
            copied.rename(place)

    def put(self, digest: str) -> None:
        """Put an artifact of the registry into the folder, if that has another one.

        Raises:
            DeployError: the registry does not have it, or it is damaged.
        """
        place = self._place(digest)
        try:
            with contextlib.suppress(ArtifactError):
                if artifacts.load(self.artifact).digest == digest:
                    return
            artifact = artifacts.load(place, digest)
        except ArtifactError as error:
            raise DeployError(str(error)) from None
        beside = {
            file.name: file.read_bytes() for file in place.iterdir() if file.name not in _DIGESTED
        }
        artifacts.save(artifact, self.artifact, beside)

    def sweep(self) -> None:
        """Remove what was written halfway by programs that were killed."""
        artifact = self.artifact
        for folder in (
            *artifact.parent.glob(f".{artifact.name}-*"),
            *self.registry.glob(".new-*"),
        ):
            # A training that runs now may be writing one.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)

    def _place(self, digest: str) -> Path:
        return self.registry / digest.replace(":", "-")


def digest(folder: Path) -> str:
    """The digest of the artifact in a folder.

    Raises:
        DeployError: there is none, or it is damaged or of another format.
    """
    try:
        return artifacts.load(folder).digest
    except ArtifactError as error:
        raise DeployError(str(error)) from None
