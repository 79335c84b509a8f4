"""Prices: tiers, pods, and each design against sums made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.items import pack
from gateway.records import Entry, Record
from loadtest import cost
from loadtest.cost import Step, Tiers, Use
from loadtest.errors import LoadTestError

PRICES = cost.read()
USE = Use(gateway=400e-6, bento=100e-6, alone=500e-6)
[SHIPPED, SMALLER] = PRICES.shape

volumes = st.floats(1, 1e9)


def test_comprehend_is_billed_by_tiers_with_a_minimum() -> None:
    # 200 characters are two units, three are the least: 777 million units.
    by_hand = 10e6 * 0.0001 + 40e6 * 0.00005 + 727e6 * 0.000025
    assert cost.comprehend(259e6, 200, PRICES).total == pytest.approx(by_hand)
    assert cost.comprehend(259e6, 200, PRICES).per_million == pytest.approx(81.76, abs=0.01)
    assert cost.comprehend(1e6, 301, PRICES).total == pytest.approx(4e6 * 0.0001)


def test_eks_as_shipped_is_the_sum_of_its_parts() -> None:
    parts = cost.eks(259e6, 200, USE, PRICES, SHIPPED).parts
    # Four pods of a core on two nodes; 98.6 new connections a second are 3.9 LCUs.
    assert parts == {
        "cluster": pytest.approx(73.0),
        "nodes": pytest.approx(2 * (0.1785 * 730 + 0.08 * 30)),
        "load balancer": pytest.approx((0.0225 + 0.008 * 259e6 / 730 / 3600 / 25) * 730),
        "NAT, addresses": pytest.approx((0.045 + 4 * 0.005) * 730),
        "writes": pytest.approx(259 * 2 * 0.625),
        "storage": pytest.approx(259e6 * 600 / 1e9 * (2 * 0.25 + 0.20)),
        "data out": pytest.approx((259e6 * 900 / 1e9 - 100) * 0.09),
    }


def test_provisioned_writes_are_paid_by_the_hour() -> None:
    parts = cost.eks(259e6, 200, USE, PRICES, SMALLER).parts
    # 197.1 writes a second at 70 %: 282 units.
    assert parts["writes"] == pytest.approx(282 * 0.00065 * 730)


def test_serverless_is_the_sum_of_its_parts() -> None:
    parts = cost.serverless(10e6, 200, USE, PRICES, provisioned=False).parts
    assert parts["API Gateway"] == pytest.approx(10.0)
    assert parts["Lambda"] == pytest.approx(10 * 0.20 + 10e6 * 0.5 * 0.03 * 0.0000166667)
    assert parts["Fargate"] == pytest.approx(2 * (0.04048 + 2 * 0.004445) * 730)
    assert parts["writes"] == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("rate", "pods"), [(0.001, 2), (3_000, 2), (3_001, 3), (10_000, 7)], ids=str
)
def test_pods_follow_the_autoscalers_target(rate: float, pods: int) -> None:
    assert cost.pods(rate, 400e-6, PRICES) == pods


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), volumes, volumes)
def test_more_never_costs_less(prices: list[float], one: float, other: float) -> None:
    ends: list[float | None] = [10.0 ** (3 * n) for n in range(1, len(prices))]
    steps = [Step(usd, end) for usd, end in zip(prices, [*ends, None], strict=True)]
    tiers = Tiers("a page", confirmed=True, steps=steps)
    low, high = sorted((one, other))
    assert tiers.cost(low) <= tiers.cost(high) * (1 + 1e-9)
    assert min(prices) * low <= tiers.cost(low) * (1 + 1e-9)
    assert tiers.cost(low) <= max(prices) * low * (1 + 1e-9)


@given(volumes, volumes)
def test_a_months_bill_grows_with_its_comments(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for less, more in zip(
        cost.all_designs(low, 200, USE, PRICES),
        cost.all_designs(high, 200, USE, PRICES),
        strict=True,
    ):
        assert less.design == more.design
        assert less.total <= more.total * (1 + 1e-9)


def test_a_record_has_the_size_that_is_reckoned_with() -> None:
    record = Record(
        "a1b2c3d4-e5f6-4890-a1b2-c3d4e5f67890",
        "2026-01-01T00:00:00.000Z",
        "x" * 200,
        "positive",
        "0.5000",
        "high",
        f"sha256:{'0' * 64}",
    )
    item = pack(Entry(record))
    size = sum(len(name) + len(value.get("S", "")) for name, value in item.items())
    assert size == pytest.approx(PRICES.rules["record_bytes"] + 200, abs=5)


def test_the_autoscalers_target_is_that_of_the_manifests() -> None:
    for part in ("gateway", "bento"):
        text = Path(f"k8s/base/{part}/horizontal-pod-autoscaler.yaml").read_text()
        assert f"averageUtilization: {PRICES.assumptions['utilisation'] * 100:.0f}\n" in text
        assert f"minReplicas: {PRICES.assumptions['least_pods']:.0f}\n" in text


@pytest.mark.parametrize("text", ["", "currency = 1", "shape = "])
def test_prices_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(LoadTestError, match="prices"):
        cost.read(file)
