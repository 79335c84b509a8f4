"""What the pods of a cluster answer when they are asked one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from k8s.doctor import builds, outside
from k8s.doctor.builds import Build
from k8s.doctor.check import FailedError, SkippedError, gather, needs
from k8s.doctor.cluster import CANARY, PARTS, ready

if TYPE_CHECKING:
    from k8s.doctor.api import Cluster, PodAnswer

__all__ = ["Pod", "clocks", "digests", "enforced", "examine", "health", "versions"]

SECONDS = 4.0
HTTP, METRICS = "http", "metrics"
TRY_SECONDS = 2.0
# It cannot be told that a flow is closed without waiting for it.
TRY = """
import socket
try:
    socket.create_connection(({host!r}, {port}), {seconds}).close()
    print('open')
except OSError:
    print('closed')
"""

Object = dict[str, Any]


class Pod(NamedTuple):
    """A ready pod, and its answers: `PodAnswer`, or the exception instead of it."""

    name: str
    part: str
    """`gateway`, `bento` or CANARY."""
    probe: Any
    """`/healthz` of a gateway, `/model` of a Bento."""
    metrics: Any


def examine(cluster: Cluster, listed: list[Object]) -> list[Pod]:
    """Ask all ready pods at once.

    Raises:
        SkippedError: there are none.
    """
    parts = {
        pod["metadata"]["name"]: (part, pod)
        for part in (*PARTS, CANARY)
        for pod in ready(listed, part)
    }
    if not parts:
        raise SkippedError("no pod is ready")
    calls: dict[str, Callable[[], Any]] = {}
    for name, (part, pod) in parts.items():
        path = "/healthz" if part == "gateway" else "/model"
        for port, asked in ((HTTP, path), (METRICS, "/metrics")):
            calls[f"{name} {port}"] = partial(
                cluster.get,
                name,
                _port(pod, port),
                asked,
                encrypted=port == HTTP and _is_encrypted(pod),
            )
    answers = gather(calls, SECONDS)
    return [
        Pod(name, part, answers[f"{name} {HTTP}"], answers[f"{name} {METRICS}"])
        for name, (part, _) in parts.items()
    ]


def health(pods: list[Pod]) -> str:
    """Whether each gateway reaches the model and the store."""
    gateways = [pod for pod in pods if pod.part == "gateway"]
    if not gateways:
        raise SkippedError("no gateway is ready")
    for pod in gateways:
        answer = _answer(pod.probe)
        if answer.status != HTTPStatus.OK:
            try:
                detail = json.loads(answer.text)["detail"]
            except (ValueError, KeyError, TypeError):
                detail = f"/healthz gave {answer.status}"
            failure = outside.unhealthy(str(detail))
            raise FailedError(f"{pod.name}: {failure}", failure.advice)
    return f"both answer each of {len(gateways)} gateways"


def digests(pods: list[Pod], part: str = "bento") -> dict[str, str]:
    """The digest of the model of each Bento, stable or of the canary, by the pod's name."""
    found = {}
    for pod in pods:
        if pod.part == part:
            answer = _answer(pod.probe)
            try:
                found[pod.name] = str(json.loads(answer.text)["model"])
            except (ValueError, KeyError, TypeError):
                raise FailedError(
                    f"{pod.name}: /model gave {answer.status}", f"see the logs of {pod.name}"
                ) from None
    if not found and part in PARTS:
        raise SkippedError("no Bento is ready")
    return found


def clocks(pods: list[Pod]) -> str:
    """Whether the clocks of the pods' nodes agree with this machine's."""
    for pod in pods:
        # That there is none is reported elsewhere.
        answer: PodAnswer = needs(pod.probe)
        try:
            outside.skew((answer.sent, answer.received), answer.date)
        except FailedError as error:
            raise FailedError(f"{pod.name}: {error}", error.advice) from None
    return f"{len(pods)} pods agree with this machine"


def versions(pods: list[Pod]) -> str:
    """Whether all pods run one version; a canary may have another one."""
    found: list[Build] = []
    for pod in pods:
        found += builds.read(pod.name, _answer(pod.metrics).text)
    canaries = {pod.name for pod in pods if pod.part == CANARY}
    text = builds.versions([build for build in found if build.where not in canaries])
    tried = {build.version for build in found if build.where in canaries}
    return "; ".join([text, *(f"{version} ({CANARY})" for version in sorted(tried))])


def enforced(cluster: Cluster, listed: list[Object]) -> str:
    """Whether a flow that no policy allows is closed: from a Bento to a gateway.

    Raises:
        SkippedError: it could not be tried.
    """
    bentos, gateways = ready(listed, "bento"), ready(listed, "gateway")
    if not bentos or not gateways:
        raise SkippedError("not tried: it takes a ready Bento and a ready gateway")
    source, target = bentos[0]["metadata"]["name"], gateways[0]
    host, port = target["status"]["podIP"], _port(target, HTTP)
    code = TRY.format(host=host, port=port, seconds=TRY_SECONDS)
    try:
        said = cluster.python(source, code, TRY_SECONDS * 2).strip()
    except (FailedError, SkippedError) as error:
        raise SkippedError(f"not tried: {error}") from None
    if said == "closed":
        return "a Bento cannot reach a gateway"
    if said != "open":
        raise SkippedError(f"not tried: {source} said {said[:100]!r}")
    raise FailedError(
        f"{source} can connect to {target['metadata']['name']}, which no policy allows",
        "this cluster's network ignores NetworkPolicies: use one that enforces them, such as Calico"
        " or Cilium; on EKS enable them in the VPC CNI",
    )


def _answer(outcome: Any) -> PodAnswer:
    """Raises FailedError or SkippedError, instead of the answer."""
    if isinstance(outcome, FailedError):
        raise outcome
    answer: PodAnswer = needs(outcome)
    return answer


def _is_encrypted(pod: Object) -> bool:
    """Whether it speaks TLS, as its probes tell."""
    probes = [container.get("readinessProbe") or {} for container in pod["spec"]["containers"]]
    return any((probe.get("httpGet") or {}).get("scheme") == "HTTPS" for probe in probes)


def _port(pod: Object, name: str) -> int:
    ports = [
        port
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if port.get("name") == name
    ]
    if not ports:
        raise SkippedError(f"{pod['metadata']['name']} has no port {name}")
    return int(ports[0]["containerPort"])
