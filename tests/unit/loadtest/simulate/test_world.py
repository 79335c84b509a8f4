"""The simulated Valence against closed forms, and against the gateway's defaults."""

from __future__ import annotations

import msgspec
import pytest

from gateway.model.transport import MAX_TEXTS
from gateway.settings import Settings
from gateway.stores.dynamodb.store import DynamoDBStore
from gateway.stores.sqlite.store import SQLiteStore
from loadtest.simulate.run import find_knee
from loadtest.simulate.world import Costs, World

FREE = Costs(comment=0.0, call=0.0, text=0.0, bento_call=0.0, store_seconds=0.0)


def costs(**changes: float) -> Costs:
    return msgspec.structs.replace(FREE, **changes)


def answered_rate(world: World) -> float:
    """Comments/s under more than can be answered; half of them is refused."""
    world.run(3_000.0, 3.0)
    assert world.refused > 1_000
    return len(world.seconds) / world.loop.now


def test_a_lone_comment_takes_the_sum_of_its_parts() -> None:
    parts = costs(comment=0.001, call=0.002, text=0.003, bento_call=0.004, store_seconds=0.005)
    world = World(parts, SQLiteStore).run(0.5, 60.0)
    assert min(world.seconds) == pytest.approx(0.001 + 2 * 0.002 + 0.003 + 0.004 + 0.005)


@pytest.mark.parametrize("gateways", [1, 2])
def test_the_gateways_cpu_bounds_what_is_carried(gateways: int) -> None:
    knee = find_knee(costs(comment=0.002), gateways=gateways, bentos=1)
    assert knee == pytest.approx(gateways * 500, rel=0.12)


@pytest.mark.parametrize("bentos", [1, 2])
def test_the_bentos_cpu_bounds_what_is_carried(bentos: int) -> None:
    knee = find_knee(costs(text=0.002), gateways=1, bentos=bentos)
    assert knee == pytest.approx(bentos * 500, rel=0.12)


def test_the_cores_bound_what_is_carried() -> None:
    parts = costs(comment=0.001, text=0.0005, generator=0.0005)
    # Two milliseconds for each, of one core.
    world = World(parts, SQLiteStore, shared_cores=1.0)
    assert answered_rate(world) < 500
    assert sum(each.cpu for each in [*world.gateways, *world.bentos]) < world.loop.now


def test_a_comment_in_a_full_call_costs_its_share_of_it() -> None:
    world = World(costs(bento_call=MAX_TEXTS / 1_000), SQLiteStore)
    assert answered_rate(world) == pytest.approx(1_000, rel=0.08)


@pytest.mark.parametrize("max_calls", [None, 1, 2])
def test_the_stores_limits_are_kept(max_calls: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if max_calls:
        monkeypatch.setattr(DynamoDBStore, "max_calls", max_calls)
    world = World(costs(store_seconds=0.2), DynamoDBStore)
    expected = DynamoDBStore.max_calls * DynamoDBStore.max_batch / 0.2
    assert answered_rate(world) == pytest.approx(expected, rel=0.1)


def test_settings_are_the_gateways_defaults_and_count() -> None:
    parts = costs(text=0.001)
    shipped, resting, small = (
        World(parts, SQLiteStore, settings).run(100.0, 20.0)
        for settings in (None, Settings(), Settings(batch_pause_factor=0.0))
    )
    assert shipped.seconds == resting.seconds
    assert small.quantile_ms(0.5) < shipped.quantile_ms(0.5)
    many, few = (
        World(costs(store_seconds=1.0), SQLiteStore, settings).run(100.0, 5.0)
        for settings in (None, Settings(gateway_max_requests=10))
    )
    assert not many.refused
    # At most ten are under way, and each takes a second.
    assert 0 < len(few.seconds) <= 10 * few.loop.now


def test_a_seed_makes_a_run_repeatable() -> None:
    parts = costs(comment=0.0001, text=0.0001)
    first, again, other = (
        World(parts, SQLiteStore, shared_cores=2.0, seed=seed).run(200.0, 2.0).seconds
        for seed in (1, 1, 2)
    )
    assert first == again != other
