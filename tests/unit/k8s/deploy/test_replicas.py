"""What the status of a Deployment and of pods says of a rollout."""

from __future__ import annotations

from typing import Any

import pytest

from k8s.deploy.cluster.replicas import is_complete, is_overdue, stuck


def deployment(**status: Any) -> dict[str, Any]:
    healthy = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    return {
        "metadata": {"generation": 2},
        "spec": {"replicas": 2},
        "status": {**healthy, **status},
    }


def test_a_rollout_that_is_finished() -> None:
    assert is_complete(deployment())


@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": 1},
        {"replicas": 3},
        {"updatedReplicas": 1},
        {"availableReplicas": 1},
    ],
    ids=str,
)
def test_a_rollout_that_is_not(status: dict[str, int]) -> None:
    assert not is_complete(deployment(**status))


def test_a_part_that_is_scaled_to_nothing_serves_nobody() -> None:
    nothing = deployment(replicas=0, updatedReplicas=0, availableReplicas=0)
    nothing["spec"]["replicas"] = 0
    assert not is_complete(nothing)


def test_a_rollout_is_overdue_once_the_controller_has_seen_it() -> None:
    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    assert is_overdue(deployment(conditions=[condition]))
    assert not is_overdue(deployment(conditions=[condition], observedGeneration=1))
    assert not is_overdue(deployment(conditions=[{**condition, "reason": "ReplicaSetUpdated"}]))


def pod(reason: str, image: str = "new", **metadata: str) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": "why"}}
    return {
        "metadata": {"name": "bento-1", **metadata},
        "spec": {"containers": [{"name": "bento", "image": image}]},
        "status": {"containerStatuses": [{"state": state}]},
    }


def test_pods_that_will_not_become_ready() -> None:
    assert stuck([pod("CrashLoopBackOff")], "new") == "bento-1: CrashLoopBackOff, why"
    assert stuck([pod("ContainerCreating")], "new") == ""
    # The kubelet tries once more.
    assert stuck([pod("ErrImagePull")], "new") == ""
    assert stuck([pod("CrashLoopBackOff", image="old")], "new") == ""
    assert stuck([pod("CrashLoopBackOff", deletionTimestamp="now")], "new") == ""
