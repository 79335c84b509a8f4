"""The costs that explain measured CPU."""

from __future__ import annotations

import pytest

from loadtest.harness.open_loop import Load
from loadtest.harness.trial import Trial
from loadtest.simulate import calibrate
from loadtest.simulate.calibrate import Run


def run(rate: float, calls: float, store_seconds: float = 0.002) -> Run:
    cpu = {
        "gateway": 0.0002 * rate + 0.0003 * 2 * calls,
        "bento": 0.00004 * rate + 0.0005 * calls,
        "generator": 0.00005 * rate,
    }
    load = Load(rate, int(rate), int(rate), 1.0, 5.0, 9.0)
    return Run(Trial(load, cpu), calls, calls, store_seconds)


def test_cpu_is_told_apart_by_comment_text_and_call() -> None:
    costs = calibrate.fit([run(100, 90), run(400, 250), run(1_600, 200, 0.9), run(100, 80, 0.004)])
    assert (costs.comment, costs.call) == pytest.approx((0.0002, 0.0003))
    assert (costs.text, costs.bento_call) == pytest.approx((0.00004, 0.0005))
    assert costs.generator == pytest.approx(0.00005)
    # The mean of the lowest rate's calls, without the gateway's CPU.
    assert costs.store_seconds == pytest.approx(0.003 - 0.0003)


def test_no_cost_is_negative_and_every_rate_counts_alike() -> None:
    assert calibrate.least_squares([1.0, 2.0, 2.5], [1, 2, 3], [0, 0, 1])[1] == 0
    # Each of these says that one costs 1, one of them with a thousand times the CPU.
    [cost] = calibrate.least_squares([0.9, 1_100.0], [1, 1_000])
    assert cost == pytest.approx((1 / 0.9 + 1 / 1.1) / (1 / 0.9**2 + 1 / 1.1**2))
