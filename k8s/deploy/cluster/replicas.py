"""What a Deployment's status, its ReplicaSets and its pods tell of a rollout."""

from __future__ import annotations

from typing import Any

from k8s.doctor.cluster import trouble

__all__ = ["History", "is_complete", "is_overdue", "stuck"]

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
        now = _image(deployment["spec"])
        others = [each for each in own if _image(each["spec"]) != now]
        others.sort(key=_revision, reverse=True)
        self.before = _image(others[0]["spec"]) if others else ""
        """The newest other one."""
        others.sort(key=_ready, reverse=True)
        self.ready = _image(others[0]["spec"]) if others and _ready(others[0]) else ""
        """The other one with the most pods that are ready."""


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


def stuck(pods: list[Object], image: str) -> str:
    """Why a pod with an image will not become ready; empty if it may."""
    for pod in pods:
        if pod["metadata"].get("deletionTimestamp") or _image_of(pod["spec"]) != image:
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


def _image(spec: Object) -> str:
    return _image_of(spec["template"]["spec"])


def _image_of(spec: Object) -> str:
    return next((str(each["image"]) for each in spec["containers"] if each["name"] == "bento"), "")
