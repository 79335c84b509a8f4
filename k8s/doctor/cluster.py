"""What the objects of a cluster say. They are dictionaries, as the API server answers in JSON."""

from __future__ import annotations

import re
from typing import Any

from k8s.doctor.check import FailedError, SkippedError

__all__ = [
    "CANARY",
    "PARTS",
    "autoscalers",
    "budgets",
    "pods",
    "policies",
    "ready",
    "settings",
    "trouble",
    "version",
]

Object = dict[str, Any]

PARTS = ("gateway", "bento")
CANARY = "bento-canary"
"""Bentos with another model, which there may be; k8s/components/canary."""
MIN_MINOR = 30
"""Of Kubernetes 1: the first that knows `preStop.sleep` without a feature gate."""


def version(told: Object) -> str:
    """Whether the cluster knows what the manifests use."""
    minor = int((re.match(r"\d+", told["minor"]) or ["0"])[0])
    if (told["major"], minor) < ("1", MIN_MINOR):
        raise FailedError(
            f"Kubernetes {told['gitVersion']}",
            f"upgrade to 1.{MIN_MINOR}: pods of older ones are stopped while they get requests",
        )
    return f"Kubernetes {told['gitVersion']}"


def ready(listed: list[Object], part: str) -> list[Object]:
    """The pods of a part that are ready and stay."""
    return [
        pod
        for pod in _of(listed, part)
        if _condition(pod, "Ready").get("status") == "True"
        and not pod["metadata"].get("deletionTimestamp")
    ]


def pods(listed: list[Object], deployments: list[Object]) -> str:
    """Whether each part has all its pods, of the newest template."""
    by_name = {item["metadata"]["name"]: item for item in deployments}
    found, broken = [], []
    for part in (*PARTS, *({CANARY} & by_name.keys())):
        if part not in by_name:
            raise FailedError(
                f"there is no Deployment {part}",
                "check NAMESPACE, or apply an overlay: kubectl apply -k k8s/overlays/…",
            )
        deployment = by_name[part]
        wanted, has = deployment["spec"].get("replicas", 1), len(ready(listed, part))
        found.append(f"{has} of {wanted} {part} ready")
        if not (has >= wanted and (wanted or part == CANARY) and _is_rolled_out(deployment)):
            why = [text for pod in _of(listed, part) if (text := trouble(pod))]
            broken += why or [f"the rollout of {part} is not finished"]
    if broken:
        raise FailedError(
            "; ".join([", ".join(found), *broken]),
            "kubectl -n NAMESPACE describe pods; kubectl -n valence rollout status deployment",
        )
    return ", ".join(found)


def autoscalers(listed: list[Object]) -> str:
    """Whether each autoscaler reads its metric."""
    found, broken = [], []
    for part in PARTS:
        own = [each for each in listed if each["spec"]["scaleTargetRef"]["name"] == part]
        if not own:
            broken.append(f"nothing scales {part}")
            continue
        status = own[0].get("status", {})
        values = [
            str(each.get("averageUtilization") or each.get("averageValue") or each.get("value"))
            for metric in status.get("currentMetrics") or []
            if metric and (each := (metric.get(_kind(metric)) or {}).get("current"))
        ]
        active = _condition(own[0], "ScalingActive")
        if not values or active.get("status") != "True":
            broken.append(f"{part}: <unknown> {active.get('message', '')}".strip())
            continue
        most = status.get("desiredReplicas", 0) >= own[0]["spec"]["maxReplicas"]
        found.append(f"{part} {'/'.join(values)} %{', at its maximum' if most else ''}")
    if broken:
        raise FailedError(
            "; ".join(broken),
            "install metrics-server, and see what it says: kubectl -n NAMESPACE top pods;"
            " kubectl -n NAMESPACE describe hpa",
        )
    return ", ".join(found)


def budgets(listed: list[Object], pods: list[Object]) -> str:
    """Whether one pod of each part may be evicted now."""
    found: list[str] = []
    broken: list[str] = []
    for part in PARTS:
        own = [each for each in listed if _selects_any(each["spec"].get("selector"), pods, part)]
        if not own:
            broken.append(f"{part} has none: a drain may remove all its pods at once")
        for budget in own:
            status = budget.get("status", {})
            allowed = status.get("disruptionsAllowed", 0)
            text = f"{part}: {allowed} of {status.get('expectedPods', 0)} may leave"
            (found if allowed > 0 else broken).append(text)
    if broken:
        raise FailedError(
            "; ".join(broken),
            "a drain waits until more pods are healthy, or replicas grow:"
            " kubectl -n NAMESPACE get pdb,pods",
        )
    return ", ".join(found)


def policies(listed: list[Object], pods: list[Object]) -> str:
    """Whether NetworkPolicies select all pods of both parts, in both directions, and by default
    whatever else runs in the namespace."""
    apply = "apply k8s/base/network-policies.yaml with your overlay: kubectl apply -k …"
    open_to = []
    for part in (*PARTS, CANARY):
        own = _of(pods, part)
        if not own and part in PARTS:
            raise SkippedError(f"there are no pods of {part}")
        for direction in ("Ingress", "Egress"):
            selecting = [each["spec"] for each in listed if direction in _directions(each["spec"])]
            if not all(
                any(_selects(spec.get("podSelector", {}), pod) for spec in selecting) for pod in own
            ):
                open_to.append(f"{part} ({direction.lower()})")
    if open_to:
        raise FailedError(f"no policy selects {', '.join(open_to)}", apply)
    if not any(_denies_by_default(each["spec"]) for each in listed):
        raise FailedError("no policy denies to all pods what the others do not allow", apply)
    return f"{len(listed)} select the pods of both parts"


def settings(deployments: list[Object], config_maps: list[Object]) -> dict[str, str]:
    """The gateway's settings, as far as they are in ConfigMaps or in the Deployment itself."""
    maps = {item["metadata"]["name"]: item.get("data") or {} for item in config_maps}
    found: dict[str, str] = {}
    for deployment in deployments:
        if deployment["metadata"]["name"] == "gateway":
            [container, *_] = deployment["spec"]["template"]["spec"]["containers"]
            for source in container.get("envFrom") or []:
                found |= maps.get(source.get("configMapRef", {}).get("name"), {})
            for each in container.get("env") or []:
                found[each["name"]] = each.get("value", "")
    return found


def _of(listed: list[Object], part: str) -> list[Object]:
    """Pods of a part, without those that ended for good."""
    return [
        item
        for item in listed
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/name") == part
        and item.get("status", {}).get("phase") not in {"Succeeded", "Failed"}
    ]


def _is_rolled_out(deployment: Object) -> bool:
    status = deployment.get("status", {})
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and status.get("updatedReplicas", 0) >= deployment["spec"].get("replicas", 1)
        and _condition(deployment, "Progressing").get("status") != "False"
    )


def _condition(item: Object, kind: str) -> Object:
    conditions = item.get("status", {}).get("conditions") or []
    found: Object = next((each for each in conditions if each["type"] == kind), {})
    return found


def trouble(pod: Object) -> str:
    """Why a pod is not ready, in words; empty if it is."""
    if _condition(pod, "Ready").get("status") == "True":
        return ""
    status = pod.get("status", {})
    why = _condition(pod, "PodScheduled")
    reasons = [why.get("message", "")] if why.get("status") == "False" else []
    for container in status.get("containerStatuses") or []:
        for state in (container.get("state") or {}, container.get("lastState") or {}):
            for each in (state.get("waiting"), state.get("terminated")):
                if each:
                    reasons += [each.get("reason", ""), each.get("message", "")]
    text = ", ".join(dict.fromkeys(" ".join(each.split()) for each in reasons if each))
    return f"{pod['metadata']['name']}: {text or 'not ready'}"


def _kind(metric: Object) -> str:
    """The field of a metric that has its value.

    A metric that was not read yet has an empty type.
    """
    kind = str(metric.get("type", "Resource"))
    return kind[:1].lower() + kind[1:]


def _directions(spec: Object) -> list[str]:
    implied = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
    return spec.get("policyTypes") or implied


def _denies_by_default(spec: Object) -> bool:
    selects_all = not any((spec.get("podSelector") or {}).values())
    return selects_all and set(_directions(spec)) == {"Ingress", "Egress"}


def _selects_any(selector: Object | None, pods: list[Object], part: str) -> bool:
    return selector is not None and any(_selects(selector, pod) for pod in _of(pods, part))


def _selects(selector: Object, pod: Object) -> bool:
    """Whether a label selector selects a pod; an empty one selects all."""
    labels = pod["metadata"].get("labels", {})
    wanted = selector.get("matchLabels") or {}
    if not wanted.items() <= labels.items():
        return False
    for each in selector.get("matchExpressions") or []:
        value, values = labels.get(each["key"]), each.get("values") or []
        holds = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not holds[each["operator"]]:
            return False
    return True
