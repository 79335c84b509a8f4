"""A healthy installation as a cluster's API server shows it: our manifests, and their status."""

from __future__ import annotations

from typing import Any

from tests.k8s.manifests import Objects
from tests.k8s.rendering import objects

Object = dict[str, Any]
World = dict[str, list[Object]]
"""Objects by the plural of their kind, in lower case."""

REPLICAS = {"gateway": 2, "bento": 2, "bento-canary": 1}


def healthy(overlay: str = "kind") -> World:
    """The objects of an overlay, with two ready pods of each part; of its canary, one."""
    rendered = Objects(item for item in objects(overlay) if item["metadata"].get("namespace"))
    world = {
        "deployments": [
            each
            for part in REPLICAS
            for each in rendered.of("Deployment")
            if each["metadata"]["name"] == part
        ],
        "horizontalpodautoscalers": list(rendered.of("HorizontalPodAutoscaler")),
        "poddisruptionbudgets": list(rendered.of("PodDisruptionBudget")),
        "networkpolicies": [
            each
            for each in rendered.of("NetworkPolicy")
            if each["metadata"]["namespace"] == "valence"
        ],
        "configmaps": list(rendered.of("ConfigMap")),
    }
    world["pods"] = [
        pod(deployment, number)
        for deployment in world["deployments"]
        for number in range(REPLICAS[deployment["metadata"]["name"]])
    ]
    for deployment in world["deployments"]:
        replicas = REPLICAS[deployment["metadata"]["name"]]
        deployment["metadata"]["generation"] = 3
        deployment["spec"]["replicas"] = replicas
        deployment["status"] = {
            "observedGeneration": 3,
            **dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), replicas),
            "conditions": [{"type": "Progressing", "status": "True", "reason": "New"}],
        }
    for scaler in world["horizontalpodautoscalers"]:
        current = {"name": "cpu", "current": {"averageUtilization": 12, "averageValue": "60m"}}
        scaler["status"] = {
            "desiredReplicas": REPLICAS[scaler["metadata"]["name"]],
            "currentMetrics": [{"type": "Resource", "resource": current}],
            "conditions": [{"type": "ScalingActive", "status": "True"}],
        }
    for budget in world["poddisruptionbudgets"]:
        budget["status"] = {
            "disruptionsAllowed": 1,
            "expectedPods": REPLICAS[budget["metadata"]["name"]],
        }
    return world


def pod(deployment: Object, number: int) -> Object:
    """A ready pod of a Deployment."""
    template = deployment["spec"]["template"]
    name = f"{deployment['metadata']['name']}-{number}"
    return {
        "metadata": {**template["metadata"], "name": name},
        "spec": template["spec"],
        "status": {
            "phase": "Running",
            "podIP": f"10.0.0.{number + 1}",
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def unready(item: Object, reason: str, message: str = "") -> None:
    """Let a pod be not ready, because its container waits."""
    item["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    waiting = {"reason": reason, "message": message}
    item["status"]["containerStatuses"] = [{"state": {"waiting": waiting}}]
