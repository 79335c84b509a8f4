"""The board *Service*: does it answer, how fast, how full is it, and what fails?"""

from __future__ import annotations

from collections.abc import Sequence

from k8s.monitoring.alerts import ERRORS, SLOW
from k8s.monitoring.boards.panels import SECONDS, SHARE, Panel, Query, chart, number, rate
from k8s.monitoring.boards.panels import board as board_of
from k8s.monitoring.series import (
    BENTOS,
    GATEWAYS,
    SLOW_SECONDS,
    bento,
    gateway,
    posts,
    requests,
    series,
)
from k8s.monitoring.slo import BURNS, PERIOD, Objective

_ANSWERED = 'status=~"2.."'
_UNANSWERED = 'status=~"[45].."'
_ALERTS = 'ALERTS{alertname=~"Valence.*",alertstate="firing"}'
_PODS = f'service=~"{GATEWAYS}|{BENTOS}"'


def _quantile(share: float, buckets: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share:g}, sum by ({labels}) ({rate(buckets)}))"


def _burn(objective: Objective, title: str) -> Panel:
    burns = BURNS["page"]
    windows = [burn.long for burn in burns]
    return chart(
        title,
        *(Query(objective.burn_rate(window), f"over {window}") for window in windows),
        description="1 spends the budget in just 30 days. At the lines it pages, if the short"
        " window agrees.",
        bounds=sorted(burn.rate for burn in burns),
    )


def _budget(objective: Objective, title: str) -> Panel:
    return number(
        title,
        Query(objective.budget_left(), "left"),
        unit=SHARE,
        description=f"Of {PERIOD}, or of the time that Prometheus keeps. Negative: overspent.",
        bounds=(0, 0.25),
        rising=False,
    )


def _objectives() -> list[Panel]:
    last = gateway("last_stored_timestamp_seconds")
    return [
        number("Alerts that fire", Query(f"count({_ALERTS}) or vector(0)", "alerts"), bounds=(1,)),
        _budget(ERRORS, "Budget left: errors"),
        _budget(SLOW, f"Budget left: more than {SLOW_SECONDS * 1000:g} ms"),
        number(
            "Since the last comment was stored",
            Query(f"time() - max({last} > 0)", "time"),
            unit=SECONDS,
        ),
    ]


def _requests() -> list[Panel]:
    latency = posts("bucket", _ANSWERED)
    return [
        chart(
            "Requests a second",
            Query(f"sum by (method, route) ({rate(requests('count'))})", "{{method}} {{route}}"),
        ),
        chart(
            "Refused and failed a second",
            Query(
                f"sum by (route, status) ({rate(requests('count', _UNANSWERED))})",
                "{{status}} {{route}}",
            ),
        ),
        chart(
            "Time of a comment",
            *(
                Query(_quantile(share, latency), f"p{share * 100:g}", exemplars=share > 0.9)
                for share in (0.5, 0.95, 0.99)
            ),
            unit=SECONDS,
            description="The points are comments whose trace was sampled.",
            bounds=(SLOW_SECONDS,),
        ),
        chart(
            "p99 by route",
            Query(
                _quantile(0.99, requests("bucket", _ANSWERED), by="method, route"),
                "{{method}} {{route}}",
            ),
            unit=SECONDS,
        ),
    ]


def _saturation() -> list[Panel]:
    queue = f"max by (queue) ({gateway('queue_length')} / {gateway('queue_limit')})"
    work = f"max by (work) ({gateway('in_progress')} / {gateway('in_progress_limit')})"
    batches = (rate(gateway(f"batch_comments_{each}")) for each in ("sum", "count"))
    return [
        chart(
            "Queues and work, of their limits",
            Query(queue, "waiting: {{queue}}"),
            Query(work, "under way: {{work}}"),
            unit=SHARE,
        ),
        chart(
            "CPU of each process, of one core",
            Query(rate(series("process_cpu_seconds_total", _PODS)), "{{pod}}"),
            unit=SHARE,
        ),
        chart(
            "Time in a queue, p99",
            Query(_quantile(0.99, gateway("queue_wait_seconds_bucket"), by="queue"), "{{queue}}"),
            unit=SECONDS,
        ),
        chart(
            "Comments in a call",
            Query(" / ".join(f"sum by (queue) ({each})" for each in batches), "{{queue}}"),
        ),
        chart(
            "Refused for load a second",
            Query(f"sum by (work) ({rate(gateway('shed_total'))})", "{{work}}"),
        ),
    ]


def _replicas() -> list[Panel]:
    autoscaler = "kube_horizontalpodautoscaler"
    build = series("valence_build_info")
    return [
        chart(
            "Replicas available",
            Query(series("kube_deployment_status_replicas_available"), "{{deployment}}"),
        ),
        chart(
            "Autoscalers, of their maximum",
            Query(
                f"{series(f'{autoscaler}_status_current_replicas')}"
                f" / {series(f'{autoscaler}_spec_max_replicas')}",
                "{{horizontalpodautoscaler}}",
            ),
            unit=SHARE,
            bounds=(1,),
        ),
        chart(
            "Bentos that the worst-off gateway knows",
            Query(f"min by (state) ({gateway('model_replicas')})", "{{state}}"),
        ),
        chart(
            "Processes by version and artifact",
            Query(f"count by (part, version, model) ({build})", "{{part}} {{version}} {{model}}"),
        ),
    ]


def _calls(part: str, metric: str, *more: Query) -> list[Panel]:
    """How many calls there are to a part, and how long they take; to that, more queries."""
    name = f"{metric}_call_duration_seconds"
    count, bucket = gateway(f"{name}_count"), gateway(f"{name}_bucket")
    return [
        chart(
            f"Calls to {part} a second",
            Query(f"sum by (operation, outcome) ({rate(count)})", "{{operation}} {{outcome}}"),
        ),
        chart(
            f"Calls to {part}, p99",
            Query(_quantile(0.99, bucket, by="operation"), "{{operation}}"),
            *more,
            unit=SECONDS,
        ),
    ]


def _dependencies() -> list[Panel]:
    model = Query(
        _quantile(0.99, bento("model_duration_seconds_bucket"), by="operation"),
        "{{operation}}, the model alone",
    )
    return [
        *_calls("the store", "store"),
        chart(
            "Known to be out",
            Query(f"max by (part) ({gateway('outage')})", "{{part}}"),
            description="1 while any gateway gets no answer from it.",
        ),
        *_calls("the Bento", "model", model),
        chart(
            "Repeated calls and refused tokens a second",
            Query(f"sum({rate(gateway('model_retries_total'))})", "repeated: Bento"),
            Query(
                f"sum by (reason) ({rate(gateway('store_retries_total'))})",
                "repeated: DynamoDB, {{reason}}",
            ),
            Query(
                f"sum by (reason) ({rate(gateway('token_refusals_total'))})", "token: {{reason}}"
            ),
        ),
    ]


def board(runbook: str) -> str:
    """The board as JSON, with a link to the runbook's URL."""
    rows: dict[str, Sequence[Panel]] = {
        "Objectives": _objectives(),
        "Burn rates": [
            _burn(ERRORS, "Burn rate: errors"),
            _burn(SLOW, f"Burn rate: more than {SLOW_SECONDS * 1000:g} ms"),
        ],
        "Requests": _requests(),
        "Saturation": _saturation(),
        "Replicas": _replicas(),
        "Store and Bento": _dependencies(),
    }
    return board_of(
        "Service",
        "Does it answer, how fast, how full is it, and what fails?",
        rows,
        runbook=runbook,
    )
