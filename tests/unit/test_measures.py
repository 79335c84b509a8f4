"""What the metrics share."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

import measures
from measures import Counts, Distribution
from tests.support.metrics import parse

ROOT = Path(__file__).parents[2]
NAME, HELP, BOUNDS = "a_length_characters", "A length.", (1.0, 2.5, 10.0)


def test_the_version_is_that_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == measures.VERSION


def test_counts_are_the_librarys_counter() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    counts = Counts("words", "Words.", ["a", "b"], registry=ours)
    counter = Counter("words", "Words.", ["a", "b"], registry=theirs)
    for labels in (("1", "2"), ("2", '"\n'), ("1", "2")):
        counts.values[labels] += 1
        counter.labels(*labels).inc()
    assert_equal(ours, theirs)


@pytest.mark.parametrize("labels", [(), ("model",)])
@given(values=st.lists(st.one_of(st.floats(0, 20), st.sampled_from(BOUNDS))))
def test_a_distribution_is_the_librarys_histogram(
    labels: tuple[str, ...], values: list[float]
) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    distribution = Distribution(NAME, HELP, BOUNDS, labels, unit="characters", registry=ours)
    histogram = Histogram(NAME, HELP, labels, unit="characters", buckets=BOUNDS, registry=theirs)
    for value in values:
        distribution.labels(*labels).observe(value)
        (histogram.labels(*labels) if labels else histogram).observe(value)
    assert_equal(ours, theirs)


def assert_equal(ours: CollectorRegistry, theirs: CollectorRegistry) -> None:
    """Both are exposed in the same way."""
    for encode in (generate_latest, generate_openmetrics):
        # When the library's metrics were created is switched off where metrics are served.
        lines = encode(theirs).decode().splitlines()
        expected = [line for line in lines if "_created" not in line]
        assert encode(ours).decode().splitlines() == expected
    assert parse(generate_openmetrics(ours).decode())  # type: ignore[no-untyped-call]
