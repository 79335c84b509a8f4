"""Lets one deployment at a time change a cluster, by a Lease of Kubernetes."""

from __future__ import annotations

import datetime as dt
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from k8s.deploy.errors import DeployError
from k8s.doctor.check import FailedError

if TYPE_CHECKING:
    from k8s.doctor.api import Cluster

__all__ = ["NAME", "SECONDS", "Lease"]

NAME = "valence-deploy"
SECONDS = 15.0
"""A holder that has not renewed it for so long was killed. As each deployment counts these seconds
itself, clocks need not agree."""
RENEW_SECONDS = 3.0
POLL_SECONDS = 0.5
CALL_SECONDS = 5.0

Object = dict[str, Any]


class Lease:
    """A lease that is renewed while the context lasts."""

    def __init__(self, cluster: Cluster, holder: str) -> None:
        """
        Args:
            cluster: that has it.
            holder: who holds it, for whoever is refused.
        """
        self._cluster = cluster
        self._holder = holder
        self._held: Object = {}
        self._renewed = 0.0
        self._is_lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> Self:
        """
        Raises:
            DeployError: another deployment holds it.
            FailedError, SkippedError: the cluster refuses.
        """
        while not self._take():
            time.sleep(POLL_SECONDS)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if not self._is_lost:
            try:
                self._write("")
            except FailedError:
                self._is_lost = True  # it ends by itself

    def check(self) -> None:
        """
        Raises:
            DeployError: it was not renewed in time, so another deployment may hold it.
        """
        if self._is_lost or time.monotonic() - self._renewed > SECONDS:
            raise DeployError("the cluster was out of reach, and another deployment may run now")

    def _take(self) -> bool:
        """Whether it was free."""
        found = self._read()
        if found and _holder(found):
            self._outwait(found)
        try:
            if found:
                self._held = found
                self._write(self._holder)
            else:
                self._renewed = time.monotonic()
                self._held = self._call("create_namespaced_lease", _lease({}, self._holder))
        except FailedError as error:
            if getattr(error, "status", 0) == HTTPStatus.CONFLICT:
                return False  # another was faster
            raise
        return True

    def _outwait(self, found: Object) -> None:
        """Returns once a holder is taken for dead; raises DeployError if it renews the lease."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            now = self._read()
            if not now or not _holder(now):
                return
            if now["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]:
                raise DeployError(f"another deployment runs: {_holder(now)}")
            time.sleep(POLL_SECONDS)

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            try:
                self._write(self._holder)
            except FailedError as error:
                if getattr(error, "status", 0) in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
                    self._is_lost = True
                    return

    def _write(self, holder: str) -> None:
        """Write it, if nobody else has since it was read or written."""
        began = time.monotonic()
        self._held = self._call("replace_namespaced_lease", NAME, _lease(self._held, holder))
        self._renewed = began

    def _read(self) -> Object | None:
        try:
            found: Object = self._call("read_namespaced_lease", NAME)
        except FailedError as error:
            if getattr(error, "status", 0) == HTTPStatus.NOT_FOUND:
                return None
            raise
        return found

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._cluster.call("CoordinationV1Api", method, *arguments, seconds=CALL_SECONDS)


def _holder(lease: Object) -> str:
    return str(lease.get("spec", {}).get("holderIdentity") or "")


def _lease(lease: Object, holder: str) -> Object:
    """A lease that is renewed now."""
    metadata = lease.get("metadata") or {
        "name": NAME,
        "labels": {"app.kubernetes.io/part-of": "valence"},
    }
    now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    spec = {"renewTime": now, "leaseDurationSeconds": int(SECONDS)}
    if holder:
        spec["holderIdentity"] = holder
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": metadata,
        "spec": spec,
    }
