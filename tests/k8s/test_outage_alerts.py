"""Outages for everybody page somebody within minutes, and ordinary days and nights page nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import promtool
from tests.support.alerts import DAY, LABELS, UP, busy_until, check, gateway, posts
from tests.support.promtool import Firing

pytestmark = promtool.needed

STORE_DOWN = ("ValenceStoreDown", "page")
NO_MODEL = ("ValenceNoModel", "page")
NOTHING_STORED = ("ValenceNothingStored", "page")
NO_COMMENTS = ("ValenceNoComments", "page")
NO_READY_GATEWAY = ("ValenceNoReadyGateway", "page")
UNWATCHED = ("ValenceUnwatched", "page")
ERRORS = {("ValenceErrorsBurnRate", "page"), ("ValenceErrorsBurnRate", "ticket")}


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


@pytest.mark.parametrize("status", [None, 401], ids=["nothing arrives", "no token holds"])
def test_it_pages_until_comments_are_taken_again(status: int | None, tmp_path: Path) -> None:
    out, back = DAY + 120, DAY + 120 + 6 * 60
    taken = 1500 * out
    series = {
        **gateway(stored=f"0+60x{4 * DAY}"),
        **posts(201, f"0+1500x{out} {taken}x{back - out - 2} {taken}+1500x{DAY}"),
        **(posts(status, f"0x{out} 0+1500x{back - out}") if status else {}),
    }
    paged = (out + 9, out + 70, out + 3 * 60, back - 5)
    times: dict[int, Firing] = {minute: {NO_COMMENTS} for minute in paged}
    check(series, {out: set(), **times, back + 9: set()}, tmp_path)


def test_one_refusal_on_a_quiet_site_is_no_outage(tmp_path: Path) -> None:
    series = {
        **gateway(stored=f"0x{4 * DAY}"),
        **posts(201, "0+0.02x6000"),
        **posts(503, f"0x{DAY} 1x6000"),
    }
    check(series, {DAY + 3: set(ERRORS)}, tmp_path)


def test_gateways_that_kube_state_metrics_calls_unavailable_page(tmp_path: Path) -> None:
    labels = 'namespace="valence",deployment="gateway"'
    series = {
        **UP,
        f"kube_deployment_status_replicas_available{{{labels}}}": "2x30 0x6000",
    }
    check(series, {30: set(), 33: {NO_READY_GATEWAY}}, tmp_path)


def test_a_prometheus_that_knows_no_gateway_pages(tmp_path: Path) -> None:
    check({"unrelated": "1x6000"}, {6: {UNWATCHED}}, tmp_path)


def test_no_bento_at_all_pages(tmp_path: Path) -> None:
    series = gateway(stored="0x6000")
    series[f'valence_gateway_model_replicas{{{LABELS},state="usable"}}'] = "2x30 0x6000"
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
