"""What a deployment changes: a cluster or this machine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from k8s.deploy.candidate import Candidate

__all__ = ["Target"]


class Target(Protocol):
    """A place where one version serves. A version is a string: an image, or a model's digest.

    Each method raises DeployError if it cannot do its work.
    """

    @property
    def stable(self) -> str:
        """The version that serves, known once it was checked."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do of an earlier deployment, once it was checked."""

    def locked(self) -> AbstractContextManager[None]:
        """Nobody else deploys here while the context lasts."""

    def check(self, models: set[str]) -> str:
        """Whether it can be changed; returns what it is.

        Args:
            models: the digests that the service answers with; empty if that is not known.
        """

    def prepare(self, candidate: Candidate) -> str:
        """Bring a model here, without using it; returns the version."""

    def apply(self, version: str) -> None:
        """Let a version that is here serve from now on. It changes nothing if it does already."""

    def wait(self, version: str) -> None:
        """Wait until it is ready."""

    def previous(self) -> str:
        """The version to go back to."""

    def digest(self, version: str) -> str:
        """The model of a version; empty if that cannot be told."""

    def keep(self, version: str, digest: str) -> str:
        """Let it stay when all is applied or built again; returns what was done.

        Args:
            version: that serves now.
            digest: of its model; empty if that is not known.
        """
