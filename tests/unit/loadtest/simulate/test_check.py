"""What is a miss, and which misses leave no answers."""

from __future__ import annotations

import pytest

from loadtest.harness.open_loop import Load
from loadtest.harness.trial import Trial
from loadtest.simulate import check
from loadtest.simulate.calibrate import Run
from loadtest.simulate.check import DYNAMODB, SQLITE, Real
from loadtest.simulate.result import BENTO_CORES, GATEWAY_CORES, KNEE, P50, Check, failed
from loadtest.simulate.world import Costs

RATES = (50.0, 100.0)
COSTS = Costs(comment=0.001, call=0.0, text=0.0005, bento_call=0.0, store_seconds=0.001)


def real(knee: float = 0.0) -> Real:
    """As `COSTS` say, but the Bento takes half as much again."""
    runs = [
        Run(
            Trial(
                Load(rate, 1, 1, 1.0, 5.0, 9.0),
                {"gateway": 0.001 * rate, "bento": 0.00075 * rate},
            ),
            *(0.0, 0.0, 0.0),
        )
        for rate in RATES
    ]
    return Real([], [*runs, *runs], knee)


def test_each_figure_of_each_rate_is_compared() -> None:
    checks = check.compare(DYNAMODB._replace(check_rates=RATES), real(), COSTS, 10.0)
    assert [(each.rate, each.name) for each in checks] == [
        (rate, name) for rate in RATES for name in (GATEWAY_CORES, BENTO_CORES)
    ]
    for each in checks:
        assert len(each.measured) == len(each.predicted) == 2
        assert each.missed == (each.name == BENTO_CORES)


def test_the_knee_is_compared_where_it_was_found() -> None:
    subject = SQLITE._replace(check_rates=RATES)
    # The gateway needs a whole core for 1,000 comments/s.
    [*_, knee] = check.compare(subject, real(knee=1_000.0), COSTS, 2.0)
    assert (knee.name, knee.missed) == (KNEE, False)


@pytest.mark.parametrize(
    ("predicted", "missed"), [(80.5, False), (119.5, False), (79.5, True), (120.5, True)]
)
def test_a_median_off_by_more_than_a_fifth_is_a_miss(predicted: float, missed: bool) -> None:
    assert Check("", P50, 1.0, [1, 100, 900], [0, predicted, 800]).missed == missed


def test_answers_follow_from_cpu_and_the_knee_not_from_latencies() -> None:
    missed = [
        Check("", name, 1.0, [1.0], [2.0]) for name in (P50, GATEWAY_CORES, BENTO_CORES, KNEE)
    ]
    assert failed(missed) == missed[1:]
    assert not failed([Check("", KNEE, 1.0, [1.0], [1.1])])
