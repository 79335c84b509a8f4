"""Prices: tiers, pods, and each design against sums by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.records import Entry, Record
from gateway.stores.dynamodb.items import pack
from loadtest.capacity import cost
from loadtest.capacity.cost import CpuCost
from loadtest.capacity.prices import Prices, Step, Tiers
from loadtest.capacity.result import CHARACTERS, VOLUMES
from loadtest.errors import LoadTestError

PRICES = Prices.read()
CPU = CpuCost(gateway=400e-6, bento=100e-6, single_text=500e-6)
ROOT = Path(__file__).parents[4]

volumes = st.floats(1, 1e9)


def test_comprehend_is_billed_by_tiers_with_a_minimum() -> None:
    # 200 characters are two units, three are the least: 777 million units.
    by_hand = 10e6 * 0.0001 + 40e6 * 0.00005 + 727e6 * 0.000025
    assert cost.comprehend(259e6, 200, PRICES).total == pytest.approx(by_hand)
    assert cost.comprehend(259e6, 200, PRICES).per_million == pytest.approx(81.76, abs=0.01)
    assert cost.comprehend(1e6, 301, PRICES).total == pytest.approx(4e6 * 0.0001)


def test_eks_is_the_sum_of_its_parts() -> None:
    parts = cost.eks(259e6, 200, CPU, PRICES, provisioned=False).parts
    # Four pods on two nodes. Of 98.6 comments a second come 9.9 connections, and 0.75 GB an hour.
    assert parts == {
        "cluster": pytest.approx(73.0),
        "nodes": pytest.approx(2 * (0.08925 * 730 + 0.08 * 30)),
        "load balancer": pytest.approx(
            (0.0225 + 0.008 * 259e6 / 730 * (700 + 900 + 500) / 1e9) * 730
        ),
        "NAT, addresses": pytest.approx((0.045 + 4 * 0.005) * 730),
        "writes": pytest.approx(259 * 2 * 0.625),
        "storage": pytest.approx(259e6 * 600 / 1e9 * (2 * 0.25 + 0.20)),
        "data out": pytest.approx((259e6 * 1400 / 1e9 - 100) * 0.09),
        "between zones": pytest.approx(259e6 * 500 / 1e9 * 0.02),
    }


def test_provisioned_writes_are_paid_by_the_hour() -> None:
    parts = cost.eks(259e6, 200, CPU, PRICES, provisioned=True).parts
    # 98.6 a second at 70 %: 141 units for the table, and for its index.
    assert parts["writes"] == pytest.approx(2 * 141 * 0.00065 * 730)
    assert parts["reads"] == pytest.approx(2 * 5 * 0.00013 * 730)
    assert parts["alarms"] == pytest.approx(1.6)
    quiet = cost.eks(1e6, 200, CPU, PRICES, provisioned=True).parts
    assert quiet["writes"] == pytest.approx(2 * 10 * 0.00065 * 730)


def test_more_pods_than_two_nodes_hold_cost_more_nodes() -> None:
    assert node_count(100) == 2
    assert node_count(3_000) == 2, "four gateways, two Bentos"
    assert node_count(4_000) == 3, "six gateways, two Bentos"


def node_count(rate: float) -> float:
    parts = cost.eks(rate * 730 * 3600, 200, CPU, PRICES, provisioned=False).parts
    return round(parts["nodes"] / (0.08925 * 730 + 0.08 * 30), 6)


@pytest.mark.parametrize(("millions", "cheaper"), [(5, False), (15, True), (259, True)])
def test_provisioned_writes_pay_from_ten_million_on(millions: float, cheaper: bool) -> None:
    by_request, provisioned = (
        cost.eks(millions * 1e6, 200, CPU, PRICES, provisioned=each).total for each in (False, True)
    )
    assert (provisioned < by_request) == cheaper


def test_the_aim_is_met_at_a_hundred_comments_a_second() -> None:
    ours = cost.eks(259e6, 200, CPU, PRICES, provisioned=True)
    assert ours.per_million < 2.50
    assert cost.comprehend(259e6, 200, PRICES).total / ours.total > 30


def test_serverless_is_the_sum_of_its_parts() -> None:
    parts = cost.serverless(10e6, 200, CPU, PRICES, provisioned=False).parts
    assert parts["API Gateway"] == pytest.approx(10.0)
    assert parts["Lambda"] == pytest.approx(10 * 0.20 + 10e6 * 0.5 * 0.03 * 0.0000166667)
    assert parts["Fargate"] == pytest.approx(2 * (0.04048 + 2 * 0.004445) * 730)
    assert parts["writes"] == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("rate", "pods"), [(0.001, 2), (1_500, 2), (1_501, 3), (10_000, 14)], ids=str
)
def test_pods_follow_the_autoscalers_target(rate: float, pods: int) -> None:
    assert cost.pods(rate, 400e-6, PRICES) == pods


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), volumes, volumes)
def test_more_never_costs_less(each: list[float], one: float, other: float) -> None:
    ends: list[float | None] = [10.0 ** (3 * n) for n in range(1, len(each))]
    steps = [Step(usd, end) for usd, end in zip(each, [*ends, None], strict=True)]
    tiers = Tiers("a page", seen="here", steps=steps)
    low, high = sorted((one, other))
    assert tiers.cost(low) <= tiers.cost(high) * (1 + 1e-9)
    assert min(each) * low <= tiers.cost(low) * (1 + 1e-9)
    assert tiers.cost(low) <= max(each) * low * (1 + 1e-9)


@given(volumes, volumes)
def test_a_months_bill_grows_with_its_comments(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for less, more in zip(
        cost.all_designs(low, 200, CPU, PRICES),
        cost.all_designs(high, 200, CPU, PRICES),
        strict=True,
    ):
        assert less.design == more.design
        assert less.total <= more.total * (1 + 1e-9)


def test_a_record_has_the_size_that_is_priced() -> None:
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


class Untagged(yaml.SafeLoader):
    """Reads values with an unknown tag as None."""


Untagged.add_multi_constructor("!", lambda *_: None)


def loaded(file: str) -> Any:
    """YAML of k8s/, without the values of CloudFormation's tags."""
    return yaml.load((ROOT / "k8s" / file).read_text(), Loader=Untagged)  # noqa: S506


def test_prices_are_those_of_the_shipped_settings() -> None:
    shipped = PRICES.shipped
    [nodes] = loaded("aws/cluster.yaml")["managedNodeGroups"]
    assert nodes["instanceType"] == shipped.instance
    assert nodes["minSize"] == nodes["desiredCapacity"] == shipped.least_nodes
    assert nodes["volumeSize"] == shipped.node_disk_gb
    for part in ("gateway", "bento"):
        pod = loaded(f"base/{part}/deployment.yaml")["spec"]["template"]["spec"]
        requests = pod["containers"][0]["resources"]["requests"]
        assert requests["cpu"] == f"{shipped.pod_cores * 1000:.0f}m"
        scaler = loaded(f"base/{part}/horizontal-pod-autoscaler.yaml")["spec"]
        assert scaler["minReplicas"] == shipped.least_pods
        [metric] = scaler["metrics"]
        target = metric["resource"]["target"]["averageUtilization"]
        assert target == pytest.approx(shipped.utilisation * 100)


def test_the_priced_capacity_is_the_templates() -> None:
    template = loaded("aws/cloudformation.yaml")
    assert template["Parameters"]["LeastWrites"]["Default"] == PRICES.shipped.least_writes
    assert template["Parameters"]["LeastReads"]["Default"] == PRICES.shipped.least_reads
    policies = [
        item["Properties"]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for item in template["Resources"].values()
        if item["Type"] == "AWS::ApplicationAutoScaling::ScalingPolicy"
    ]
    assert policies == [pytest.approx(100 * PRICES.shipped.capacity_utilisation)] * 4


def test_the_readme_gives_these_prices() -> None:
    """They do not depend on measurements: two pods of each suffice for all of these volumes."""
    rows: dict[str, list[float]] = {}
    for volume in VOLUMES:
        for each in cost.all_designs(volume, CHARACTERS, CPU, PRICES):
            rows.setdefault(each.design, []).append(each.per_million)
    most = rows["Comprehend"][-1]
    table = [
        f"| {name} | {one:,.0f} | {ten:,.1f} | {last:,.2f} | {most / last:,.0f} × |"
        for name, (one, ten, last) in rows.items()
    ]
    assert "\n".join(table) in (ROOT / "loadtest/README.md").read_text()
    idle = cost.eks(1e-6, CHARACTERS, CPU, PRICES, provisioned=False).total
    guide = (ROOT / "k8s/EKS.md").read_text()
    assert f"**about {idle:.0f}**" in guide
    hours, nodes, usd = PRICES.rules["hours_a_month"], PRICES.shipped.least_nodes, PRICES.usd
    saved = nodes * hours * (usd("c7i_large_hour") - usd("c8g_large_hour"))
    assert f"two c8g.large at ${usd('c8g_large_hour')} an hour" in guide
    assert f"to about {idle - saved:.0f} USD" in guide
    two_more = 2 * hours * (usd("nat_hour") + usd("ipv4_hour"))
    assert f"for {two_more:.0f} USD a month more" in guide


@pytest.mark.parametrize("text", ["", "currency = 1", "shape = "])
def test_prices_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(LoadTestError, match="prices"):
        Prices.read(file)
