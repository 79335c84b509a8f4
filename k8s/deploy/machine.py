"""This machine, where `make up` serves the artifact in a folder and follows when it changes."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from k8s.deploy.candidate import Candidate
from k8s.deploy.errors import DeployError
from k8s.deploy.models import Models, digest
from k8s.deploy.service import short

__all__ = ["Machine"]


class Machine:
    """The model that `make up` serves, and which was there before it."""

    def __init__(self, models: Models, work: Path) -> None:
        """
        Args:
            models: the artifact's folder, and former ones.
            work: a folder for a lock, and for the names of former models.
        """
        self._models = models
        self._work = work
        self._pointer = work / "previous"
        self._before: list[str] = []
        self._stable = ""
        self._is_healed = self._is_back = False
        self.is_settled = True

    @property
    def stable(self) -> str:
        return self._stable

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        self._work.mkdir(parents=True, exist_ok=True)
        lock = self._work / "lock"
        with lock.open("w") as file:
            try:
                # It ends with the process, whatever ends that.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DeployError(f"another deployment runs: it holds {lock}") from None
            yield

    def check(self, models: set[str]) -> str:
        if self._pointer.exists():
            self._before = self._pointer.read_text().split()
        self._heal()
        self._stable = digest(self._models.artifact)
        self._models.sweep()
        if models and models != {self._stable}:
            raise DeployError(
                f"the service answers with {short(models)}, and {self._models.artifact} has"
                f" {short([self._stable])}: it is not `make up` of this folder (give OVERLAY), or"
                " must be started again"
            )
        return f"`make up` serves {self._models.artifact}"

    def prepare(self, candidate: Candidate) -> str:
        for folder in (self._models.artifact, candidate.folder):
            self._models.keep(folder)
        return candidate.digest

    def apply(self, version: str) -> None:
        if version != self._stable:
            # Before the swap, and never taken back: whichever model serves when this is killed, the
            # first of these that is another one is the former model.
            self._point([self._stable, self._former(self._stable)])
        self._models.put(version)

    def wait(self, version: str) -> None:
        """Its answers tell."""

    def previous(self) -> str:
        self._is_back = True
        former = self._stable if self._is_healed else self._former(self._stable)
        if not former:
            raise DeployError(f"there is no former model in {self._models.registry}")
        self._models.keep(self._models.artifact)
        return former

    def digest(self, version: str) -> str:
        return version

    def keep(self, version: str, digest: str) -> str:
        del digest
        if version == self._stable:  # nothing was swapped
            return f"{self._models.artifact} has it"
        way = "forward" if self._is_back else "back"
        return f"{self._models.artifact} has it; `make rollback` goes {way} to {self._stable}"

    def _former(self, version: str) -> str:
        """The newest model but this one that served; empty if there is none."""
        return next((each for each in self._before if each != version), "")

    def _heal(self) -> None:
        """Put the model back that one who was killed between two renames took away."""
        if self._before and not self._models.artifact.exists():
            self._models.put(self._before[0])
            self._is_healed = True

    def _point(self, digests: list[str]) -> None:
        new = self._pointer.with_suffix(".new")
        new.write_text("".join(f"{each}\n" for each in digests if each))
        new.replace(self._pointer)
