"""What the model is told, from what was measured."""

from __future__ import annotations

import random
import statistics

import msgspec
import pytest

from loadtest.harness.open_loop import Load
from loadtest.simulate import calibrate as calibration
from loadtest.simulate.calibrate import Histogram, Observed


def test_a_histogram_is_drawn_from_with_its_mean_and_its_tail() -> None:
    buckets = {"0.001": 90.0, "0.01": 98.0, "0.1": 98.0, "+Inf": 100.0}
    metrics = {f'a_bucket{{le="{bound}"}}': count for bound, count in buckets.items()}
    seconds = 90 * 0.0004 + 8 * 0.0039 + 2 * 0.0391
    found = calibration.histogram({**metrics, "a_sum": seconds}, "a")
    assert found.counts == [90, 8, 2]
    chance = random.Random(1)  # noqa: S311
    drawn = [found.draw(chance) for _ in range(40_000)]
    assert statistics.mean(drawn) == pytest.approx(seconds / 100, rel=0.05)
    assert sum(each > 0.01 for each in drawn) / len(drawn) == pytest.approx(0.02, rel=0.1)
    assert calibration.merge([found, found]).counts == [180, 16, 4]


def observed(rate: float, calls: float) -> Observed:
    return Observed(
        Load(rate, int(rate), int(rate), 1.0, 5.0, 9.0),
        gateway_cpu=0.0002 * rate + 0.0003 * 2 * calls,
        bento_cpu=0.00004 * rate + 0.0005 * calls,
        generator_cpu=0.00005 * rate,
        classify_calls=calls,
        record_calls=calls,
        store=Histogram([0.001], [calls], 0.0004 * calls),
    )


def test_cpu_is_told_apart_by_comment_and_call() -> None:
    found = calibration.fit([observed(100, 90), observed(400, 250), observed(1_600, 200)])
    assert list(found) == [100, 400, 1_600]
    for parts in found.values():
        assert (parts.comment, parts.call) == pytest.approx((0.0002, 0.0003))
        assert (parts.bento.text, parts.bento.call) == pytest.approx((0.00004, 0.0005))
        assert parts.generator == pytest.approx(0.00005)
    assert calibration.near(found, 500).store.counts == [250]


def test_calls_cost_more_at_a_rate_where_they_did() -> None:
    runs = [observed(rate, calls) for rate, calls in ((100, 90), (400, 250), (1_600, 200))]
    # Something is always there, so that a call seems dearer where calls are few.
    cold = [msgspec.structs.replace(each, gateway_cpu=each.gateway_cpu + 0.01) for each in runs]
    [first, *_, last] = calibration.fit(cold).values()
    assert first.comment == last.comment == pytest.approx(0.0002)
    assert first.call == pytest.approx(0.0003 + 0.01 / 180)
    assert last.call == pytest.approx(0.0003 + 0.01 / 400)


def test_a_comment_costs_no_less_than_with_the_embedded_store() -> None:
    [embedded, *_] = calibration.fit(
        [observed(100, 90), observed(400, 250), observed(1_600, 200)]
    ).values()
    # Batches of one size: all the CPU could be the calls', or the comments'.
    alike = [observed(rate, rate / 8) for rate in (200, 800, 1_600)]
    assert all(parts.bento.text != 0.00004 for parts in calibration.fit(alike).values())
    for parts in calibration.fit(alike, embedded).values():
        assert parts.comment >= embedded.comment
        assert parts.bento.text == embedded.bento.text
        assert parts.bento.call == pytest.approx(0.0005)
