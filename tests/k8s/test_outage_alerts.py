"""Outages for everybody page somebody within minutes, and ordinary days and nights page nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.k8s.manifests import Objects
from tests.k8s.rendering import objects
from tests.support import promtool
from tests.support.promtool import Firing, Rule, fired

pytestmark = promtool.needed

DAY = 24 * 60
LABELS = 'namespace="valence",pod="g1"'
UP = {f'up{{{LABELS},service="gateway-metrics"}}': f"1x{4 * DAY}"}

STORE_DOWN = ("ValenceStoreDown", "page")
NO_MODEL = ("ValenceNoModel", "page")
NOTHING_STORED = ("ValenceNothingStored", "page")
NO_COMMENTS = ("ValenceNoComments", "page")
NO_READY_GATEWAY = ("ValenceNoReadyGateway", "page")
UNWATCHED = ("ValenceUnwatched", "page")
ERRORS = {("ValenceErrorsBurnRate", "page"), ("ValenceErrorsBurnRate", "ticket")}


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
    [item] = Objects(objects("everything")).of("PrometheusRule")
    groups: list[Rule] = item["spec"]["groups"]
    by_time = {f"{minute}m": firing for minute, firing in times.items()}
    difference = fired(groups, series, by_time, folder)
    assert difference is None, difference


def test_a_store_outage_pages_while_the_gateways_refuse(tmp_path: Path) -> None:
    out = DAY + 120
    series = {
        **gateway(stored=f"0+60x{out} {60 * out}x6000", store_out=f"0x{out} 1x6000"),
        **posts(201, busy_until(out)),
        **posts(503, f"0x{out} 0+1500x6000"),
    }
    times: dict[int, Firing] = {
        out: set(),
        out + 2: {STORE_DOWN, ("ValenceErrorsBurnRate", "page")},
        out + 4: {STORE_DOWN, NOTHING_STORED, *ERRORS},
        out + 8 * 60: {STORE_DOWN, NOTHING_STORED, *ERRORS},
    }
    check(series, times, tmp_path)


def test_an_outage_that_lets_no_request_through_pages(tmp_path: Path) -> None:
    """As when a store outage made all gateways unready, and the Ingress refused everything. Those
    gateways had no metrics of outages, and their routes another label; they refused a few."""
    out = DAY + 120
    count = "valence_gateway_request_duration_seconds_count"
    route = f'{LABELS},method="POST",endpoint="CommentCollection"'
    series = {
        **UP,
        f'valence_gateway_model_replicas{{{LABELS},state="usable"}}': "2x6000",
        f'{count}{{{route},status="201"}}': busy_until(out),
        f'{count}{{{route},status="503"}}': f"0x{out} 360x6000",
    }
    times: dict[int, Firing] = {out: set(), out + 2: set(), out + 9: {NO_COMMENTS}}
    check(series, times, tmp_path)


def test_gateways_that_kube_state_metrics_calls_unavailable_page(tmp_path: Path) -> None:
    labels = 'namespace="valence",deployment="gateway"'
    series = {
        **UP,
        f"kube_deployment_status_replicas_available{{{labels}}}": "2x30 0x6000",
    }
    check(series, {30: set(), 33: {NO_READY_GATEWAY}}, tmp_path)


def test_gateways_that_do_not_become_ready_page(tmp_path: Path) -> None:
    series = gateway(stored="0x6000", ready="1x30 0x6000")
    check(series, {30: set(), 33: {NO_READY_GATEWAY}}, tmp_path)


def test_gateways_that_cannot_be_read_page(tmp_path: Path) -> None:
    series = {f'up{{{LABELS},service="gateway-metrics"}}': "1x30 0x6000"}
    check(series, {30: set(), 36: {UNWATCHED}}, tmp_path)
    check({"unrelated": "1x6000"}, {6: {UNWATCHED}}, tmp_path)


@pytest.mark.parametrize(
    "changes",
    [{"model_out": "0x30 1x6000"}, {"replicas": "2x30 0x6000"}],
    ids=["hangs", "gone"],
)
def test_a_model_outage_pages(changes: dict[str, str], tmp_path: Path) -> None:
    replicas = changes.pop("replicas", "2x6000")
    series = gateway(stored="0x6000", **changes)
    series[f'valence_gateway_model_replicas{{{LABELS},state="usable"}}'] = replicas
    check(series, {30: set(), 32: {NO_MODEL}}, tmp_path)


def test_one_of_two_gateways_without_a_model_is_no_outage(tmp_path: Path) -> None:
    other = f'{LABELS.replace("g1", "g2")},part="model"'
    series = gateway(stored="0x6000", model_out="1x6000")
    series[f"valence_gateway_outage{{{other}}}"] = "0x6000"
    check(series, {30: set()}, tmp_path)


@pytest.mark.parametrize("early", [0, 25])
def test_the_end_of_a_day_pages_nobody(early: int, tmp_path: Path) -> None:
    """Users who go home all at once, at the same time each day or earlier today."""
    busy = DAY // 2
    evening = DAY + busy - early
    count = [60 * busy, 60 * (2 * busy - early)]
    values = f"0+60x{busy} {count[0]}x{DAY - busy - 2} {count[0]}+60x{busy - early} {count[1]}x6000"
    series = {**gateway(stored=f"0+60x{4 * DAY}"), **posts(201, values)}
    check(series, {evening + minutes: set() for minutes in range(0, 90, 4)}, tmp_path)


def test_the_end_of_an_import_pages_nobody(tmp_path: Path) -> None:
    series = {
        **gateway(stored=f"0+60x{DAY} {60 * DAY}x6000"),
        **posts(200, busy_until(DAY), route="/comments/batch"),
    }
    check(series, {DAY + minutes: set() for minutes in (2, 9, 20, 60)}, tmp_path)


def test_a_few_refusals_page_nobody_while_comments_are_stored(tmp_path: Path) -> None:
    series = {
        **gateway(stored=f"0+60x{4 * DAY}"),
        **posts(201, "0+15000x6000"),
        **posts(503, "0+1x6000"),
    }
    check(series, {DAY + minutes: set() for minutes in (0, 9, 60)}, tmp_path)
