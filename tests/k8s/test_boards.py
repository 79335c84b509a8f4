"""The boards are complete, Grafana's sidecar finds them, and prices are those of loadtest/."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from k8s.monitoring.__main__ import runbook
from k8s.monitoring.boards import BOARDS, cost
from k8s.monitoring.boards.cost import Tariff
from loadtest.capacity.cost import CpuCost, eks
from loadtest.capacity.prices import Prices
from loadtest.capacity.result import CHARACTERS
from tests.k8s.manifests import Objects
from tests.k8s.rendering import objects
from tests.support.boards import FILES, boards, queries

# Of an object's annotations together; `kubectl apply` puts all of the object into one of them.
MAX_BYTES = 256 * 1024


def test_the_sidecar_finds_each_board() -> None:
    item = Objects(objects("everything")).find("ConfigMap", "boards", "valence")
    assert item
    # The defaults of kube-prometheus-stack.
    assert item["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert item["data"] == {file.name: file.read_text() for file in FILES}
    assert {file.stem for file in FILES} == BOARDS.keys()
    assert len(json.dumps(item)) < MAX_BYTES


def test_identities_are_unique_and_last() -> None:
    assert {board["uid"] for board in boards().values()} == {f"valence-{name}" for name in BOARDS}
    for name, board in boards().items():
        counts = Counter(panel["id"] for panel in board["panels"])
        assert [*counts] == [*range(1, len(counts) + 1)], name
    places = Counter((query.board, query.panel, query.reference) for query in queries())
    assert places.most_common(1)[0][1] == 1


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_lets_people_choose_the_prometheus(name: str) -> None:
    board = boards()[name]
    [variable] = board["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    for part in [*panels, *(target for panel in panels for target in panel["targets"])]:
        assert part["datasource"]["uid"] == f"${{{variable['name']}}}"
    assert runbook() in {link.get("url") for link in board["links"]}


def test_panels_do_not_overlap() -> None:
    for name, board in boards().items():
        taken = [
            (row, column)
            for place in (panel["gridPos"] for panel in board["panels"])
            for row in range(place["y"], place["y"] + place["h"])
            for column in range(place["x"], place["x"] + place["w"])
        ]
        assert len(taken) == len({*taken}), name
        assert max(column for _, column in taken) < 24


@pytest.mark.parametrize("comments", [1_000_000, 20_000_000])
def test_the_price_is_that_of_the_capacity_report(comments: int) -> None:
    prices = Prices.read()
    tariff = Tariff.of(prices)
    cpu = CpuCost(gateway=0.002, bento=0.002, single_text=0.002)
    expected = eks(comments, CHARACTERS, cpu, prices, provisioned=False).total
    hours = tariff.hours_a_month
    assert tariff.least_nodes == prices.shipped.least_nodes
    assert cost.CHARACTERS == CHARACTERS
    ours = (tariff.fixed_hour + tariff.node_hour * tariff.least_nodes) * hours
    ours += sum(tariff.comment.values()) * comments
    # The load balancer's capacity units are taken at a million comments.
    assert ours == pytest.approx(expected, rel=0.01)


def test_the_board_has_the_prices_of_the_file() -> None:
    prices = Prices.read()
    writes = 2 * prices.usd("write_request_million") / 1e6 * 3600
    assert f"* {writes:.6g}" in next(
        query.expression
        for query in queries()
        if query.panel == "USD an hour" and query.reference == "C"
    )
