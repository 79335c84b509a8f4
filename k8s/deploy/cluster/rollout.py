"""A cluster: the image of its Deployment `bento` is changed, and nothing else."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from k8s.deploy.candidate import Candidate
from k8s.deploy.cluster import images
from k8s.deploy.cluster.lease import Lease
from k8s.deploy.cluster.overlay import Overlay
from k8s.deploy.cluster.replicas import History, image, is_complete, is_overdue, stuck
from k8s.deploy.errors import DeployError
from k8s.deploy.models import Models
from k8s.deploy.service import short
from k8s.doctor.check import FailedError

if TYPE_CHECKING:
    from k8s.doctor.api import Cluster

__all__ = ["Rollout"]

PART = "bento"
WAIT_SECONDS = 1200.0
"""For all pods. One that does not become ready ends it earlier (`progressDeadlineSeconds`)."""
PAUSE_SECONDS = 1.0
CALL_SECONDS = 10.0
_GITOPS = {
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
}

Object = dict[str, Any]


class Rollout:
    """The Deployment of the Bento in a cluster, and the overlay that made it."""

    def __init__(
        self,
        cluster: Cluster,
        overlay: Overlay,
        models: Models,
        loading: images.Loading,
        *,
        is_applied: bool = True,
    ) -> None:
        """
        Args:
            cluster: with the namespace of the overlay.
            overlay: names the image, and gets its new tag.
            models: of this folder, which later images get.
            loading: of images.
            is_applied: whether it is to be changed here and not by what follows git.
        """
        self._cluster = cluster
        self._overlay = overlay
        self._models = models
        self._loading = loading
        self._is_applied = is_applied
        self._lease: Lease | None = None
        self._stable = ""
        self.is_settled = False
        self._ours: set[str] = set()

    @property
    def stable(self) -> str:
        return self._stable

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        who = f"{getpass.getuser()}@{socket.gethostname()}, process {os.getpid()}"
        with Lease(self._cluster, who) as self._lease:
            yield

    def check(self, models: set[str]) -> str:
        deployment = self._read()
        labelled = {**deployment["metadata"].get("labels", {}), **_annotations(deployment)}
        owner = next((each for name, each in _GITOPS.items() if name in labelled), "")
        if owner and self._is_applied:
            raise DeployError(
                f"{owner} keeps this cluster like git, and would put the image back: give"
                " IMAGE_ONLY=1, and commit the tag"
            )
        pod = deployment["spec"]["template"]["spec"]
        if any(each["name"] == "artifact" for each in pod.get("initContainers") or []):
            raise DeployError(
                "this Bento gets its model from S3 and not from its image: publish the candidate,"
                " and give its digest in the overlay (k8s/MODELS.md)"
            )
        template = image(deployment)
        is_finished = is_complete(deployment)
        former = "" if is_finished else self._history(deployment).ready
        self._stable = former or template
        self._ours = {template, self._stable}
        is_named = self._overlay.is_shipped or self._overlay.image == self._stable
        self.is_settled = is_finished and is_named
        if is_finished and len(models) > 1:
            raise DeployError(f"several models answer ({short(models)}): end the canary first")
        where = f"{self._cluster.host} runs {self._stable}"
        if not is_finished:
            where += f", and the rollout of {template} is not finished"
        if not is_named:
            where += f"; {self._overlay.folder.name} names {self._overlay.image}"
        return where

    def prepare(self, candidate: Candidate) -> str:
        version = images.name(images.split(self._overlay.image)[0], candidate.digest)
        # So that a rollback finds it again. Elsewhere than where images are built there is none.
        with contextlib.suppress(DeployError):
            self._models.keep(self._models.artifact)
        self._models.keep(candidate.folder)
        self._models.sweep()
        images.load(images.build(candidate, self._loading), version, self._loading)
        return version

    def apply(self, version: str) -> None:
        deployment = self._read()
        now = image(deployment)
        if now == version:
            return
        if self._lease and version != self._stable:
            self._lease.check()
        if now not in self._ours:
            raise DeployError(f"somebody else has put {now} there meanwhile; it stays")
        names = [each["name"] for each in _containers(deployment)]
        path = f"/spec/template/spec/containers/{names.index(PART)}/image"
        patch = [
            {"op": "test", "path": path, "value": now},
            {"op": "replace", "path": path, "value": version},
        ]
        self._ours.add(version)
        self._call("AppsV1Api", "patch_namespaced_deployment", PART, patch)

    def wait(self, version: str) -> None:
        deadline, overdue = time.monotonic() + WAIT_SECONDS, 0
        while True:
            # An API server that is out for a moment is no reason to give up.
            with contextlib.suppress(FailedError):
                deployment = self._read()
                if image(deployment) != version:
                    raise DeployError(f"somebody else has put {image(deployment)} there meanwhile")
                if is_complete(deployment):
                    return
                reason = stuck(self._list("CoreV1Api", "pod"), version)
                # The condition of the former rollout may be seen once more.
                overdue = overdue + 1 if is_overdue(deployment) else 0
                if reason or overdue > 1:
                    raise DeployError(reason or f"{version} is not ready in time")
            if time.monotonic() > deadline:
                raise DeployError(f"{version} is not ready within {WAIT_SECONDS:.0f} s")
            time.sleep(PAUSE_SECONDS)

    def previous(self) -> str:
        deployment = self._read()
        if self._stable != image(deployment):
            return self._stable
        found = self._history(deployment).before
        if not found:
            raise DeployError("the Deployment bento has no former image in its history")
        self._ours.add(found)
        return found

    def digest(self, version: str) -> str:
        return images.digest(version)

    def keep(self, version: str, digest: str) -> str:
        done = self._overlay.name_tag(version)
        if not digest:
            return done
        try:
            self._models.put(digest)
        except DeployError as error:
            return f"{done}; later images get another model: {error}"
        return f"{done}; {self._models.artifact} has the model, for later images"

    def _read(self) -> Object:
        try:
            found: Object = self._call("AppsV1Api", "read_namespaced_deployment", PART)
        except FailedError as error:
            if getattr(error, "status", 0) == HTTPStatus.NOT_FOUND:
                raise DeployError(
                    f"{self._cluster.host} has no Deployment bento in the namespace"
                    f" {self._overlay.namespace}: kubectl apply -k {self._overlay.folder}"
                ) from None
            raise
        return found

    def _history(self, deployment: Object) -> History:
        return History(deployment, self._list("AppsV1Api", "replica_set"))

    def _list(self, api: str, kind: str) -> list[Object]:
        return self._cluster.list(api, kind, seconds=CALL_SECONDS)

    def _call(self, api: str, method: str, *arguments: Any) -> Any:
        return self._cluster.call(api, method, *arguments, seconds=CALL_SECONDS)


def _annotations(item: Object) -> dict[str, str]:
    found: dict[str, str] = item["metadata"].get("annotations") or {}
    return found


def _containers(deployment: Object) -> list[Object]:
    found: list[Object] = deployment["spec"]["template"]["spec"]["containers"]
    return found
