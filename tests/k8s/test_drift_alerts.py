"""Comments that are others than the model was made for are noticed, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

import drift
from bento.model.reference import HELD_OUT, MEASURES, RECORDED, TRAINING
from k8s.monitoring.drift import INDEX, SHARES
from tests.support import promtool
from tests.support.alerts import groups
from tests.support.drifting import FOREIGN_WORDS, MODEL, ORDINARY, Shares, comments, reference
from tests.support.promtool import Firing

pytestmark = promtool.needed

DRIFT = ("ValenceModelDrift", "ticket")
# In so many minutes the least number that is compared comes; the rules look back a day.
MINUTES = 120
LEAST = drift.LEAST_COMMENTS / MINUTES
ONE_SENTIMENT: Shares = {**ORDINARY, "sentiment": (0.98, 0.02, 0)}
LONG: Shares = {**ORDINARY, "characters": (0, 0, 0, 0, 0.1, 0.2, 0.3, 0.2, 0.2, 0)}
UNCERTAIN: Shares = {**ORDINARY, "confidence": (0.01, 0.2, 0.79)}

RULES = [group for group in groups() if group["name"].endswith("-drift")]


def fires(series: dict[str, str], times: dict[int, Firing], folder: Path) -> None:
    """Compare the alerts of drift that fire at each minute with those that should."""
    by_time = {f"{minute}m": firing for minute, firing in times.items()}
    difference = promtool.fired(RULES, series, by_time, folder)
    assert difference is None, difference


@pytest.mark.parametrize(
    ("shares", "data"),
    [
        (FOREIGN_WORDS, HELD_OUT),
        (ONE_SENTIMENT, HELD_OUT),
        (LONG, HELD_OUT),
        (UNCERTAIN, RECORDED),
    ],
)
def test_each_measure_can_drift(shares: Shares, data: str, tmp_path: Path) -> None:
    series = {**reference(data=data), **comments(shares, 20)}
    fires(series, {60: set(), 100: {DRIFT}}, tmp_path)


def test_without_a_drift_that_can_be_told_it_is_silent(tmp_path: Path) -> None:
    series = {
        **reference(model="as the reference"),
        **comments(ORDINARY, 20, model="as the reference"),
        **reference(model="few comments"),
        **comments(FOREIGN_WORDS, 0.9 * LEAST, model="few comments"),
        **comments(FOREIGN_WORDS, 20, model="without a reference"),
        **reference(data=TRAINING, model="only training data"),
        **comments(FOREIGN_WORDS, 20, model="only training data"),
        **reference(model="no comments"),
    }
    fires(series, {60: set(), MINUTES: set()}, tmp_path)


def test_enough_comments_are_as_many_as_the_rule_says(tmp_path: Path) -> None:
    series = {**reference(), **comments(FOREIGN_WORDS, 1.1 * LEAST)}
    fires(series, {MINUTES - 30: set(), MINUTES + 60: {DRIFT}}, tmp_path)


@pytest.mark.parametrize("shares", [ORDINARY, FOREIGN_WORDS, ONE_SENTIMENT, LONG])
def test_prometheus_and_python_compute_the_same(shares: Shares, tmp_path: Path) -> None:
    series = {
        **reference(),
        **reference(FOREIGN_WORDS, data=TRAINING),
        **comments(shares, 100),
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
    assert promtool.valued(RULES, series, expected, "20m", tmp_path) is None
