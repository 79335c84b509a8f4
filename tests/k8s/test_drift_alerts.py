"""Comments that are others than the model was made for are noticed, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

import drift
from bento.model.reference import HELD_OUT, MEASURES, RECORDED, TRAINING
from k8s.monitoring.drift import INDEX, SHARES
from tests.support import promtool
from tests.support.alerts import check, gateway, groups
from tests.support.drifting import FOREIGN_WORDS, MODEL, ORDINARY, Shares, comments, reference

pytestmark = promtool.needed

DRIFT = ("ValenceModelDrift", "ticket")
STORED = gateway(stored="0+60x1500")
# In so many minutes the least number that is compared: a day, as far as the rules know.
MINUTES = 240
LEAST = drift.LEAST_COMMENTS / MINUTES
ONE_SENTIMENT: Shares = {**ORDINARY, "sentiment": (0.98, 0.02, 0)}
LONG: Shares = {**ORDINARY, "characters": (0, 0, 0, 0, 0.1, 0.2, 0.3, 0.2, 0.2, 0)}
UNCERTAIN: Shares = {**ORDINARY, "confidence": (0.01, 0.2, 0.79)}


@pytest.mark.parametrize("shares", [FOREIGN_WORDS, ONE_SENTIMENT, LONG, UNCERTAIN])
@pytest.mark.parametrize("data", [HELD_OUT, RECORDED])
def test_each_measure_can_drift(shares: Shares, data: str, tmp_path: Path) -> None:
    series = {**STORED, **reference(data=data), **comments(shares, 20)}
    check(series, {60: set(), 120: {DRIFT}, MINUTES: {DRIFT}}, tmp_path)


@pytest.mark.parametrize(
    "series",
    [
        pytest.param({**reference(), **comments(ORDINARY, 20)}, id="the same shares"),
        pytest.param({**reference(), **comments(FOREIGN_WORDS, 0.9 * LEAST)}, id="too few"),
        pytest.param(comments(FOREIGN_WORDS, 20), id="no reference"),
        pytest.param(
            {**reference(model="sha256:other"), **comments(FOREIGN_WORDS, 20)},
            id="the reference of another model",
        ),
        pytest.param(
            {**reference(data=TRAINING), **comments(FOREIGN_WORDS, 20)}, id="only of training"
        ),
        pytest.param(reference(), id="no comments"),
    ],
)
def test_without_a_drift_that_can_be_told_it_is_silent(
    series: dict[str, str], tmp_path: Path
) -> None:
    check({**STORED, **series}, {60: set(), 120: set(), MINUTES: set()}, tmp_path)


def test_enough_comments_are_as_many_as_the_rule_says(tmp_path: Path) -> None:
    series = {**STORED, **reference(), **comments(FOREIGN_WORDS, 1.1 * LEAST)}
    check(series, {MINUTES - 30: set(), MINUTES + 60: {DRIFT}}, tmp_path)


@pytest.mark.parametrize("shares", [ORDINARY, FOREIGN_WORDS, ONE_SENTIMENT, LONG])
def test_prometheus_and_python_compute_the_same(shares: Shares, tmp_path: Path) -> None:
    series = {
        **reference(),
        **reference(FOREIGN_WORDS, data=TRAINING),
        **comments(shares, 20),
    }
    expected = {
        f'{INDEX}{{model="{MODEL}",measure="{measure}",data="{data}"}}': (
            drift.population_stability_index(shares[measure], others[measure])
        )
        for measure in MEASURES
        for data, others in ((HELD_OUT, ORDINARY), (TRAINING, FOREIGN_WORDS))
    }
    expected |= {
        f'{SHARES}{{model="{MODEL}",measure="{measure}",bin="{name}"}}': share
        for measure, bins in MEASURES.items()
        for name, share in zip(bins, shares[measure], strict=True)
    }
    assert promtool.valued(groups(), series, expected, "120m", tmp_path) is None
