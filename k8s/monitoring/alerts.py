"""The objectives, and the alerts on what ratios of requests cannot tell."""

from __future__ import annotations

from k8s.monitoring import drift
from k8s.monitoring.rule import Rule, alert
from k8s.monitoring.series import (
    GATEWAYS,
    NAMESPACE,
    SLOW_SECONDS,
    gateway,
    posts,
    requests,
    series,
)
from k8s.monitoring.slo import Objective

_POSTS = posts("count")
_REFUSED = posts("count", 'status=~"5.."')
_ANSWERED = posts("count", 'status=~"2.."')
_FAST = posts("bucket", 'status=~"2.."', le=str(SLOW_SECONDS))
# Batches are left out, because imports end at once, and what comes without a valid token.
_SINGLE = requests("count", 'route!="/comments/batch"', 'status!~"401|403"', method="POST")
# Of kube-state-metrics.
_AVAILABLE = series("kube_deployment_status_replicas_available", deployment="gateway")
_STALLED = series(
    "kube_deployment_status_condition",
    'deployment=~"gateway|bento|bento-canary"',
    condition="Progressing",
    status="false",
)
_PODS = series("kube_horizontalpodautoscaler_status_current_replicas")
_MOST_PODS = series("kube_horizontalpodautoscaler_spec_max_replicas")


def _errors(window: str) -> str:
    # While there is no 5xx there is no series of them, which is a share of zero.
    return f"(sum(rate({_REFUSED}[{window}])) or vector(0))\n/ sum(rate({_POSTS}[{window}]))"


def _slow(window: str) -> str:
    return f"1 - sum(rate({_FAST}[{window}]))\n/ sum(rate({_ANSWERED}[{window}]))"


ERRORS = Objective(
    name="post_errors",
    target=0.999,
    bad_ratio=_errors,
    alert="ValenceErrorsBurnRate",
    symptom="Comments are refused or lost",
)
SLOW = Objective(
    name="post_slow",
    target=0.99,
    bad_ratio=_slow,
    alert="ValenceSlowBurnRate",
    symptom="Comments take longer than 250 ms",
)
OBJECTIVES = (ERRORS, SLOW)
"""For POST /comments: 99.9 % get no 5xx; 99 % of the successful ones take at most 250 ms."""

OUTAGES: list[Rule] = [
    alert(
        "ValenceStoreDown",
        f"max({gateway('outage', part='store')}) > 0",
        minutes=1,
        severity="page",
        summary="Comments are refused: the store fails or does not answer.",
    ),
    alert(
        "ValenceNoModel",
        f"max({gateway('model_replicas', state='usable')}) < 1\n"
        f"or min({gateway('outage', part='model')}) > 0",
        minutes=1,
        severity="page",
        summary="Comments are refused: no gateway gets answers from any replica of the Bento.",
    ),
    alert(
        "ValenceNothingStored",
        f"time() - max({gateway('last_stored_timestamp_seconds')}) > 120\n"
        f"and sum(increase({_REFUSED}[5m])) > 5",
        minutes=1,
        severity="page",
        summary="Comments are refused, and none has been stored for two minutes.",
    ),
    # Where there were four a minute in the last hour, and yesterday half an hour later than now:
    # users may go home at the same time each day. Once it fires, it does so until one arrives.
    alert(
        "ValenceNoComments",
        f"(sum(rate({_SINGLE}[5m])) or vector(0)) == 0\n"
        f"and (\n"
        f"  sum(increase({_SINGLE}[1h] offset 10m)) > 240\n"
        f"  and sum(increase({_SINGLE}[30m] offset 23h)) > 120\n"
        f'  or max(ALERTS{{alertname="ValenceNoComments",alertstate="firing"}}) > 0\n'
        f")",
        minutes=2,
        severity="page",
        summary="Comments no longer reach the gateways: is the Ingress, its certificate or its DNS"
        " record broken, or do the clients' tokens no longer hold?",
    ),
    alert(
        "ValenceNoReadyGateway",
        f"max({gateway('ready')}) < 1\nor max({_AVAILABLE}) < 1",
        minutes=2,
        severity="page",
        summary="No gateway is ready: the Ingress answers every request with an error.",
    ),
    alert(
        "ValenceUnwatched",
        f"absent({series('up', service=GATEWAYS)} == 1)",
        minutes=5,
        severity="page",
        summary="No gateway's metrics can be read: none runs, or Prometheus does not reach them.",
    ),
]
"""What is out for everybody. Ratios are silent about it when no request reaches a gateway."""

CAUSES: list[Rule] = [
    alert(
        "ValenceRefusesComments",
        f"sum(rate({gateway('shed_total', work='comments')}[5m])) > 0",
        minutes=10,
        severity="ticket",
        summary="More comments come than are taken: is an autoscaler at its maximum, or the table"
        " throttled?",
    ),
    alert(
        "ValenceRolloutStalls",
        f"max({_STALLED}) > 0",
        minutes=1,
        severity="ticket",
        summary="New gateways or Bentos do not become ready; the old ones serve.",
    ),
    alert(
        "ValenceAtMaximum",
        f"count({_PODS}\n>= on (horizontalpodautoscaler) {_MOST_PODS}) > 0",
        minutes=15,
        severity="ticket",
        summary="An autoscaler has as many pods as it may have.",
    ),
]

GROUPS: dict[str, list[Rule]] = {
    f"{NAMESPACE}-slo": [rule for objective in OBJECTIVES for rule in objective.rules()],
    f"{NAMESPACE}-outages": OUTAGES,
    f"{NAMESPACE}-causes": CAUSES,
    f"{NAMESPACE}-drift": drift.RULES,
}
"""The rules by the name of their group."""
