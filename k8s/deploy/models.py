"""The model of this folder, which `make up` serves and images get, and those that it was before."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bento import registry as registries
from bento.model import artifact as artifacts
from bento.model.manifest import ArtifactError
from k8s.deploy.errors import DeployError

__all__ = ["Models", "digest"]

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
        with _errors():
            registries.publish(folder, str(self.registry))

    def put(self, digest: str) -> None:
        """Put an artifact of the registry into the folder, if that has another one.

        Raises:
            DeployError: the registry does not have it, or it is damaged.
        """
        with _errors():
            registries.fetch(digest, str(self.registry), self.artifact)

    def sweep(self) -> None:
        """Remove what was written halfway by programs that were killed."""
        artifact = self.artifact
        for left in (
            *artifact.parent.glob(f".{artifact.name}-*"),
            *self.registry.glob("*/.new-*"),
        ):
            # A training that runs now may be writing one.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime <= _STALE_SECONDS:
                    continue
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink()


def digest(folder: Path) -> str:
    """The digest of the artifact in a folder.

    Raises:
        DeployError: there is none, or it is damaged or of another format.
    """
    with _errors():
        return artifacts.load(folder).digest


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ArtifactError as error:
        raise DeployError(str(error)) from None
