"""Each alert is provoked once, and is silent before."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import promtool
from tests.support.alerts import DAY, LABELS, UP, busy_until, check, gateway, groups, posts
from tests.support.drifting import FOREIGN_WORDS, comments, reference
from tests.support.promtool import Firing

pytestmark = promtool.needed

STORED = gateway(stored="0+60x6000")
AUTOSCALER = 'namespace="valence",horizontalpodautoscaler="bento"'
ERRORS: Firing = {("ValenceErrorsBurnRate", "page"), ("ValenceErrorsBurnRate", "ticket")}
SLOW: Firing = {("ValenceSlowBurnRate", "page"), ("ValenceSlowBurnRate", "ticket")}


class Provocation(NamedTuple):
    """Series, by the minute, and which alerts they provoke."""

    series: dict[str, str]
    quiet: int
    """A minute in which nothing fires."""
    loud: int
    """A minute in which these and no others fire."""
    fires: Firing


def timed(of_a_thousand: int) -> dict[str, str]:
    """A thousand comments a minute, of which so many are slow."""
    labels = f'{LABELS},method="POST",route="/comments",status="201"'
    buckets = f'valence_gateway_request_duration_seconds_bucket{{{labels},le="0.25"}}'
    return {**posts(201, "0+1000x6000"), buckets: f"0+{1000 - of_a_thousand}x6000"}


PROVOCATIONS = {
    ("ValenceErrorsBurnRate", "page"): Provocation(
        {**STORED, **posts(201, "0+980x6000"), **posts(503, "0+20x6000")}, 0, 70, ERRORS
    ),
    ("ValenceErrorsBurnRate", "ticket"): Provocation(
        {**STORED, **posts(201, "0+998x6000"), **posts(503, "0+2x6000")},
        0,
        400,
        {("ValenceErrorsBurnRate", "ticket")},
    ),
    ("ValenceSlowBurnRate", "page"): Provocation({**STORED, **timed(200)}, 0, 70, SLOW),
    ("ValenceSlowBurnRate", "ticket"): Provocation(
        {**STORED, **timed(20)}, 0, 400, {("ValenceSlowBurnRate", "ticket")}
    ),
    ("ValenceStoreDown", "page"): Provocation(
        gateway(stored="0+60x6000", store_out="0x30 1x6000"),
        30,
        32,
        {("ValenceStoreDown", "page")},
    ),
    ("ValenceNoModel", "page"): Provocation(
        gateway(stored="0+60x6000", model_out="0x30 1x6000"), 30, 32, {("ValenceNoModel", "page")}
    ),
    ("ValenceNothingStored", "page"): Provocation(
        {**gateway(stored="0+60x30 1800x6000"), **posts(500, "0x30 0+10x6000")},
        30,
        35,
        {("ValenceNothingStored", "page"), *ERRORS},
    ),
    ("ValenceNoComments", "page"): Provocation(
        {**gateway(stored="0+60x6000"), **posts(201, busy_until(DAY + 120))},
        DAY + 120,
        DAY + 129,
        {("ValenceNoComments", "page")},
    ),
    ("ValenceNoReadyGateway", "page"): Provocation(
        gateway(stored="0+60x6000", ready="1x30 0x6000"),
        30,
        33,
        {("ValenceNoReadyGateway", "page")},
    ),
    ("ValenceUnwatched", "page"): Provocation(
        dict.fromkeys(UP, "1x30 0x6000"), 30, 36, {("ValenceUnwatched", "page")}
    ),
    ("ValenceRefusesComments", "ticket"): Provocation(
        {**STORED, f'valence_gateway_shed_total{{{LABELS},work="comments"}}': "0x30 0+1x6000"},
        40,
        42,
        {("ValenceRefusesComments", "ticket")},
    ),
    ("ValenceRolloutStalls", "ticket"): Provocation(
        {
            **STORED,
            'kube_deployment_status_condition{namespace="valence",deployment="bento",'
            'condition="Progressing",status="false"}': "0x30 1x6000",
        },
        30,
        33,
        {("ValenceRolloutStalls", "ticket")},
    ),
    ("ValenceModelDrift", "ticket"): Provocation(
        {**STORED, **reference(), **comments(FOREIGN_WORDS, 100)},
        60,
        70,
        {("ValenceModelDrift", "ticket")},
    ),
    ("ValenceAtMaximum", "ticket"): Provocation(
        {
            **STORED,
            f"kube_horizontalpodautoscaler_status_current_replicas{{{AUTOSCALER}}}": "2x30 4x6000",
            f"kube_horizontalpodautoscaler_spec_max_replicas{{{AUTOSCALER}}}": "4x6000",
        },
        40,
        47,
        {("ValenceAtMaximum", "ticket")},
    ),
}


def test_each_alert_is_provoked() -> None:
    rules = [rule for group in groups() for rule in group["rules"] if "alert" in rule]
    assert {(rule["alert"], rule["labels"]["severity"]) for rule in rules} == PROVOCATIONS.keys()


@pytest.mark.parametrize("alert", PROVOCATIONS, ids="-".join)
def test_an_alert_fires(alert: tuple[str, str], tmp_path: Path) -> None:
    series, quiet, loud, fires = PROVOCATIONS[alert]
    assert alert in fires
    check(series, {quiet: set(), loud: fires}, tmp_path)
