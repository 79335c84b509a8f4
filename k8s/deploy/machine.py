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
            work: a folder for a lock, and for the name of the former model.
        """
        self._models = models
        self._work = work
        self._pointer = work / "previous"
        self._before = ""
        self._stable = ""
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
        self._stable = digest(self._models.artifact)
        if models and models != {self._stable}:
            raise DeployError(
                f"the service answers with {short(models)}, and {self._models.artifact} has"
                f" {short([self._stable])}: it is not `make up` of this folder (give OVERLAY), or"
                " must be started again"
            )
        if self._pointer.exists():
            self._before = self._pointer.read_text().strip()
        return f"`make up` serves {self._models.artifact}"

    def prepare(self, candidate: Candidate) -> str:
        for folder in (self._models.artifact, candidate.folder):
            self._models.keep(folder)
        return candidate.digest

    def apply(self, version: str) -> None:
        # Written first: who is killed here goes back to where it is.
        self._point(self._before if version == self._stable else self._stable)
        self._models.put(version)

    def wait(self, version: str) -> None:
        """Its answers tell."""

    def previous(self) -> str:
        if not self._before or self._before == self._stable:
            raise DeployError(f"there is no former model in {self._models.registry}")
        self._models.keep(self._models.artifact)
        return self._before

    def digest(self, version: str) -> str:
        return version

    def keep(self, version: str, digest: str) -> str:
        del version, digest
        return f"{self._models.artifact} has it; `make rollback` goes back"

    def _point(self, digest: str) -> None:
        new = self._pointer.with_suffix(".new")
        new.write_text(f"{digest}\n")
        new.replace(self._pointer)
