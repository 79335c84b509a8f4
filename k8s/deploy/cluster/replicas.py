"""What a Deployment's status, its ReplicaSets and its pods tell of a rollout."""

from __future__ import annotations

from typing import Any

from k8s.doctor.cluster import trouble

__all__ = ["History", "image", "is_complete", "is_overdue", "stuck"]

_REVISION = "deployment.kubernetes.io/revision"
_HOPELESS = {
    *("CrashLoopBackOff", "CreateContainerConfigError"),
    *("ErrImageNeverPull", "ImagePullBackOff", "InvalidImageName"),
}
"""Reasons for which a container waits that seldom end by themselves."""

Object = dict[str, Any]


class History:
    """The images that a Deployment had, in its ReplicaSets. They are empty if there is none."""

    def __init__(self, deployment: Object, replica_sets: list[Object]) -> None:
        uid = deployment["metadata"]["uid"]
        own = [
            each
            for each in replica_sets
            if any(owner["uid"] == uid for owner in each["metadata"].get("ownerReferences") or [])
        ]
        now = image(deployment)
        others = [each for each in own if image(each) != now]
        others.sort(key=_revision, reverse=True)
        self.before = image(others[0]) if others else ""
        """The newest other one."""
        others.sort(key=_ready, reverse=True)
        self.ready = image(others[0]) if others and _ready(others[0]) else ""
        """The other one with the most pods that are ready."""


def image(owner: Object) -> str:
    """Of the Bento, in the template of a Deployment or a ReplicaSet; empty if it has none."""
    return _image(owner["spec"]["template"]["spec"])


def is_complete(deployment: Object) -> bool:
    """Whether all pods have the newest template and serve, and no other is left."""
    wanted, status = deployment["spec"].get("replicas", 1), deployment.get("status", {})
    counts = [status.get(f"{name}eplicas", 0) for name in ("r", "updatedR", "availableR")]
    return _is_observed(deployment) and counts == [wanted] * 3 and wanted > 0


def is_overdue(deployment: Object) -> bool:
    """Whether no pod has become ready for `progressDeadlineSeconds`."""
    conditions = deployment.get("status", {}).get("conditions") or []
    reasons = [each.get("reason") for each in conditions if each["type"] == "Progressing"]
    return _is_observed(deployment) and "ProgressDeadlineExceeded" in reasons


def stuck(pods: list[Object], wanted: str) -> str:
    """Why a pod with an image will not become ready; empty if it may."""
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp") or _image(pod["spec"]) != wanted:
            continue
        for container in pod.get("status", {}).get("containerStatuses") or []:
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") in _HOPELESS:
                return trouble(pod)
    return ""


def _is_observed(deployment: Object) -> bool:
    observed = deployment.get("status", {}).get("observedGeneration", 0)
    return bool(observed >= deployment["metadata"].get("generation", 0))


def _revision(replica_set: Object) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(_REVISION, 0))


def _ready(replica_set: Object) -> int:
    return int(replica_set.get("status", {}).get("readyReplicas") or 0)


def _image(pod: Object) -> str:
    return next((str(each["image"]) for each in pod["containers"] if each["name"] == "bento"), "")
