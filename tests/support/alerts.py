"""Made-up series of a gateway, and what the alerts make of them."""

from __future__ import annotations

from pathlib import Path

from tests.k8s.manifests import Objects
from tests.k8s.rendering import objects
from tests.support.promtool import Firing, Rule, fired

DAY = 24 * 60
LABELS = 'namespace="valence",pod="g1"'
UP = {f'up{{{LABELS},service="gateway-metrics"}}': f"1x{4 * DAY}"}


def groups() -> list[Rule]:
    """The groups of the rendered PrometheusRule."""
    [item] = Objects(objects("everything")).of("PrometheusRule")
    found: list[Rule] = item["spec"]["groups"]
    return found


def posts(status: int, values: str, *, route: str = "/comments") -> dict[str, str]:
    """The counter of requests with this status."""
    labels = f'{LABELS},method="POST",route="{route}",status="{status}"'
    return {f"valence_gateway_request_duration_seconds_count{{{labels}}}": values}


def gateway(
    *, stored: str, store_out: str = "0x6000", model_out: str = "0x6000", ready: str = "1x6000"
) -> dict[str, str]:
    """What a gateway says of itself.

    Args:
        stored: when it stored a comment last.
        store_out: whether it knows the store to be out.
        model_out: whether it knows the model to be out.
        ready: whether it is ready.
    """
    return UP | {
        f'valence_gateway_outage{{{LABELS},part="store"}}': store_out,
        f'valence_gateway_outage{{{LABELS},part="model"}}': model_out,
        f"valence_gateway_ready{{{LABELS}}}": ready,
        f'valence_gateway_model_replicas{{{LABELS},state="usable"}}': "2x6000",
        f"valence_gateway_last_stored_timestamp_seconds{{{LABELS}}}": stored,
    }


def busy_until(minute: int) -> str:
    """1,500 comments a minute, and then none."""
    return f"0+1500x{minute} {1500 * minute}x6000"


def check(series: dict[str, str], times: dict[int, Firing], folder: Path) -> None:
    """Compare what fires at each minute with what should."""
    by_time = {f"{minute}m": firing for minute, firing in times.items()}
    difference = fired(groups(), series, by_time, folder)
    assert difference is None, difference
