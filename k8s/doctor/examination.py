"""All checks, in two rounds: what the second needs, then everything else at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from k8s.doctor import builds, certificate, cluster, inside, outside
from k8s.doctor.check import FailedError, Result, SkippedError, gather, judge, needs
from k8s.doctor.cluster import CANARY
from k8s.doctor.site import Site
from k8s.doctor.table import Table

if TYPE_CHECKING:
    from k8s.doctor.api import Cluster

__all__ = ["Patient", "examine"]

FIRST_SECONDS, SECOND_SECONDS = 3.0, 4.5
"""With the imports, ten in all."""
LISTS = {
    "pods": ("CoreV1Api", "pod"),
    "deployments": ("AppsV1Api", "deployment"),
    "config maps": ("CoreV1Api", "config_map"),
    "autoscalers": ("AutoscalingV2Api", "horizontal_pod_autoscaler"),
    "budgets": ("PolicyV1Api", "pod_disruption_budget"),
    "policies": ("NetworkingV1Api", "network_policy"),
}

Facts = dict[str, Any]


class Patient(NamedTuple):
    """What is examined."""

    site: Site
    kubeconfig: str = ""
    namespace: str = "valence"
    table: str = ""
    metrics: tuple[str, ...] = ()


def examine(patient: Patient) -> list[Result]:
    """The result of each check, in the order of the report."""
    facts: Facts = {}
    try:
        facts["cluster"] = _connect(patient)
    except (FailedError, SkippedError) as error:
        facts["cluster"] = error
    facts |= gather(_first(patient.site, facts["cluster"]), FIRST_SECONDS)
    facts |= gather(_second(patient, facts), SECOND_SECONDS)
    results = (*_outside(facts), *_inside(facts), *_table(facts))
    return [result.within(patient.namespace) for result in results]


def _connect(patient: Patient) -> Cluster:
    """Raises FailedError or SkippedError."""
    if not patient.kubeconfig:
        raise SkippedError("no KUBECONFIG")
    try:
        # Here, because it takes two seconds.
        from k8s.doctor.api import Cluster
    except ModuleNotFoundError as missing:
        raise SkippedError(f"{missing.name} is not installed: `make develop`") from None
    return Cluster(patient.kubeconfig, patient.namespace)


def _first(site: Site, api: Any) -> dict[str, Callable[[], Any]]:
    calls: dict[str, Callable[[], Any]] = {
        "certificate": partial(certificate.examine, site),
        "reach": partial(outside.reach, site),
    }
    if not isinstance(api, Exception):
        calls["version"] = api.version
        for name, listing in LISTS.items():
            calls[name] = partial(api.list, *listing)
    return calls


def _second(patient: Patient, facts: Facts) -> dict[str, Callable[[], Any]]:
    site, api, pods = patient.site, facts["cluster"], facts.get("pods")
    settings = None
    if isinstance(facts.get("deployments"), list) and isinstance(facts.get("config maps"), list):
        settings = cluster.settings(facts["deployments"], facts["config maps"])
    calls: dict[str, Callable[[], Any]] = {
        "metrics": partial(outside.metrics, patient.metrics),
    }
    if not isinstance(facts["reach"], Exception):
        checks: tuple[Callable[[Site], Any], ...] = (
            *(outside.anonymous, outside.roles, outside.models, outside.health, outside.clock),
        )
        for check in checks:
            calls[check.__name__] = partial(check, site)
    if not isinstance(api, Exception) and isinstance(pods, list):
        calls["inside"] = partial(inside.examine, api, pods)
        calls["enforced"] = partial(inside.enforced, api, pods)
    try:
        table = Table(patient.table, settings)
    except SkippedError as error:
        facts["table"] = error
    else:
        calls["keys"] = table.keys
        calls["time to live"] = table.time_to_live
        calls["recovery"] = table.recovery
    return calls


def _outside(facts: Facts) -> Iterator[Result]:
    tls, reach = facts["certificate"], facts["reach"]
    if isinstance(tls, FailedError) and isinstance(reach, FailedError):
        # One cause, one failure.
        reach = SkippedError("clients do not get as far: see TLS")
    elif isinstance(reach, FailedError):
        tls = SkippedError("it cannot be reached")
    missing = SkippedError("it cannot be reached")
    yield judge("outside", "reachable", reach)
    yield judge("outside", "TLS", tls)
    yield judge("outside", "without a token", facts.get("anonymous", missing))
    yield judge("outside", "the token's roles", facts.get("roles", missing))
    yield judge("outside", "model", _try(lambda: _same_model(facts, facts.get("models", missing))))
    yield judge("outside", "model and store", facts.get("health", missing))
    yield judge("outside", "clock", facts.get("clock", missing))
    yield judge("outside", "versions", _on(facts["metrics"], builds.versions))


def _same_model(facts: Facts, answers: Any) -> str:
    """Of the answers, and of the Bentos whose metrics are known; in the cluster, a canary is."""
    known = facts["metrics"]
    bentos = {} if isinstance(known, Exception) else builds.models(known)
    if isinstance(answers, Exception):
        raise answers
    asked = facts.get("inside")
    canaries = inside.digests(asked, CANARY) if isinstance(asked, list) else {}
    return builds.same_model(answers, bentos, canaries)


def _inside(facts: Facts) -> Iterator[Result]:
    if isinstance(facts["cluster"], SkippedError):
        missing: Exception = facts["cluster"]
        yield judge("cluster", "reachable", missing)
    else:
        access = _on(facts.get("version", facts["cluster"]), cluster.version)
        if isinstance(facts.get("pods"), Exception) and not isinstance(access, FailedError):
            # Everybody may ask for the version.
            access = FailedError(str(facts["pods"]), "give a KUBECONFIG that may list pods")
        yield judge("cluster", "reachable", access)
        missing = SkippedError("the cluster cannot be read")
    pods = _skip(facts.get("pods", missing))
    deployments, budgets, policies, autoscalers = (
        _skip(facts.get(name, missing))
        for name in ("deployments", "budgets", "policies", "autoscalers")
    )
    asked = _skip(facts.get("inside", missing))
    yield judge("cluster", "pods", _on(pods, lambda own: cluster.pods(own, needs(deployments))))
    yield judge("cluster", "model", _on(asked, lambda own: _model_of_all(facts, own)))
    yield judge("cluster", "model and store", _on(asked, inside.health))
    yield judge("cluster", "clocks", _on(asked, inside.clocks))
    yield judge("cluster", "versions", _on(asked, inside.versions))
    yield judge("cluster", "autoscalers", _on(autoscalers, cluster.autoscalers))
    yield judge("cluster", "budgets", _on(budgets, lambda own: cluster.budgets(own, needs(pods))))
    yield judge(
        "cluster", "policies", _on(policies, lambda own: cluster.policies(own, needs(pods)))
    )
    yield judge("cluster", "enforced", facts.get("enforced", missing))


def _model_of_all(facts: Facts, pods: list[inside.Pod]) -> str:
    """Of each Bento's pod, and of the answers, if there were any; a canary's is another one."""
    answers = facts.get("models")
    counted = answers if isinstance(answers, Counter) else Counter[str]()
    return builds.same_model(counted, inside.digests(pods), inside.digests(pods, CANARY))


def _table(facts: Facts) -> Iterator[Result]:
    keys = facts.get("keys", facts.get("table"))
    yield judge("table", "keys and index", keys)
    for name in ("time to live", "recovery"):
        outcome = facts.get(name, SkippedError("see above"))
        if isinstance(keys, FailedError) and isinstance(outcome, FailedError):
            outcome = SkippedError("see above")
        yield judge("table", name, outcome)


def _skip(fact: Any) -> Any:
    """A failure to get a fact is reported once; what needs it is skipped."""
    return SkippedError(str(fact)) if isinstance(fact, FailedError) else fact


def _on(fact: Any, check: Callable[[Any], str]) -> Any:
    """What the check returns or raises, or why there is no fact."""
    return fact if isinstance(fact, Exception) else _try(lambda: check(fact))


def _try(check: Callable[[], str]) -> Any:
    try:
        return check()
    except Exception as error:
        return error
