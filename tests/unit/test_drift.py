"""The index, and the bins that all parts count in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

import drift
from drift import FLOOR, population_stability_index
from measures import Distribution


def test_the_index_is_that_of_a_worked_example() -> None:
    # (0.2 - 0.5) ln 0.4 + (0.8 - 0.5) ln 1.6
    expected = 0.3 * math.log(1.6) - 0.3 * math.log(0.4)
    assert population_stability_index([0.2, 0.8], [0.5, 0.5]) == pytest.approx(expected)


def test_a_bin_without_comments_counts_as_the_floor() -> None:
    index = population_stability_index([0.0, 1.0], [0.5, 0.5])
    assert index == pytest.approx((FLOOR - 0.5) * math.log(FLOOR / 0.5) + 0.5 * math.log(2))


shares = st.lists(st.integers(0, 1000), min_size=5, max_size=5).filter(any)


@given(now=shares, before=shares)
def test_the_index_is_symmetrical_and_never_negative(now: list[int], before: list[int]) -> None:
    p, q = ([each / sum(counts) for each in counts] for counts in (now, before))
    index = population_stability_index(p, q)
    assert index >= 0
    assert index == pytest.approx(population_stability_index(q, p))
    assert population_stability_index(p, p) == 0


@pytest.mark.parametrize("bounds", [drift.UNKNOWN_WORDS, drift.CHARACTERS])
def test_bins_have_the_names_that_prometheus_gives_them(bounds: tuple[float, ...]) -> None:
    histogram = Distribution("x", "X.", bounds, registry=CollectorRegistry())
    [family] = histogram.collect()
    names = [sample.labels["le"] for sample in family.samples if "le" in sample.labels]
    assert tuple(names) == drift.bins(bounds)
