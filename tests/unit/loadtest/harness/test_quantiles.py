"""Quantiles by nearest rank."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.harness import quantiles
from loadtest.harness.quantiles import quantile


@given(st.lists(st.integers(0, 20), min_size=1), st.sampled_from([0.01, 0.07, 0.5, 0.95, 0.99, 1]))
def test_it_is_type_1_of_hyndman_and_fan(values: list[int], share: float) -> None:
    # NumPy does not round, and so is a rank too high where a product lacks a little of an integer.
    expected = np.quantile(values, share - 1e-12, method="inverted_cdf")
    assert quantile(values, share) == expected


def test_values_can_be_counted() -> None:
    counts = {1: 50, 2: 49, 3: 1}
    assert [quantile(counts, share) for share in (0.5, 0.51, 0.99, 1)] == [1, 2, 2, 3]


@pytest.mark.parametrize("values", [[], {}])
def test_without_values_there_is_none(values: list[float] | dict[float, int]) -> None:
    assert math.isnan(quantile(values, 0.5))


def test_the_examples_hold() -> None:
    assert doctest.testmod(quantiles).failed == 0
