"""The model against what is known without it: formulas, the coalescer's rules, manifests."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
import simpy
import yaml

from loadtest import publish as report
from loadtest.harness import knee
from loadtest.harness import result as results
from loadtest.harness.batches import Batch, Line, Service
from loadtest.simulate import check as simulation_check
from loadtest.simulate import cores as simulation_parts
from loadtest.simulate import run as simulate
from loadtest.simulate.autoscaler import Autoscaler, Policy
from loadtest.simulate.calibrate import Histogram, Parts
from loadtest.simulate.cores import Coalescer, Cores, Worker
from loadtest.simulate.result import KIND, Checked, Figure, Scaling, Simulation, Spike
from loadtest.simulate.world import Costs


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7])
def test_one_process_waits_as_the_formula_for_m_d_1_says(
    load: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation_parts, "TURN", 1)
    env, chance, waits = simpy.Environment(), random.Random(1), []  # noqa: S311
    worker = Worker(env, Cores(env))

    def arrive() -> simulation_parts.Events:
        for _ in range(60_000):
            yield env.timeout(chance.expovariate(load))
            worker.do(1.0, lambda came=env.now: waits.append(env.now - came - 1))  # type: ignore[misc]

    env.process(arrive())
    env.run()
    assert statistics.mean(waits) == pytest.approx(load / (2 * (1 - load)), rel=0.06)


@pytest.mark.parametrize(("cores", "seconds"), [(1.0, 3.0), (2.0, 1.5), (4.0, 1.0)])
def test_cores_are_shared(cores: float, seconds: float) -> None:
    env = simpy.Environment()
    shared, ended = Cores(env, cores), []
    for _ in range(3):
        Worker(env, shared).do(1.0, lambda: ended.append(env.now))
    env.run()
    assert max(ended) == pytest.approx(seconds, rel=0.01)


def coalesced(
    arrivals: list[tuple[float, int]], *, seconds: float, rest: float = 0.0, max_calls: int = 1
) -> list[tuple[float, int]]:
    """When each call started, and its items: `arrivals` are times and numbers of items."""
    env = simpy.Environment()
    calls: list[tuple[float, int]] = []

    def call(batch: list[float], done: Callable[[], None]) -> None:
        calls.append((env.now, len(batch)))
        env.timeout(seconds).callbacks.append(lambda _: done())

    coalescer = Coalescer(
        env, call, max_batch=64, max_calls=max_calls, eager=32, rest=rest, longest_rest=5.0
    )

    def arrive() -> simulation_parts.Events:
        for time, count in arrivals:
            yield env.timeout(time - env.now)
            for _ in range(count):
                coalescer.submit(time)

    env.process(arrive())
    env.run()
    # Timers are late by some slack.
    return [(round(time, 3), count) for time, count in calls]


def test_what_arrives_together_goes_together() -> None:
    assert coalesced([(0, 100)], seconds=1) == [(0, 64), (1, 36)]


def test_what_arrives_during_a_call_goes_when_it_ends() -> None:
    assert coalesced([(0, 1), (0.2, 3), (0.9, 2)], seconds=1) == [(0, 1), (1, 5)]


def test_after_a_call_few_items_wait_for_the_rest() -> None:
    assert coalesced([(0, 1), (0.5, 31)], seconds=1, rest=2) == [(0, 1), (3, 31)]


def test_many_items_end_a_rest() -> None:
    assert coalesced([(0, 1), (0.5, 31), (1.5, 1)], seconds=1, rest=2) == [(0, 1), (1.5, 32)]


def test_after_the_rest_one_item_goes_at_once() -> None:
    assert coalesced([(0, 1), (9, 1)], seconds=1, rest=2) == [(0, 1), (9, 1)]


def test_a_rest_is_never_longer_than_the_longest() -> None:
    assert coalesced([(0, 1), (1, 1)], seconds=10, rest=2) == [(0, 1), (15, 1)]


def test_calls_run_side_by_side() -> None:
    assert coalesced([(0, 1), (0.5, 1)], seconds=1, max_calls=2) == [(0, 1), (0.5, 1)]


def a_line(line: Line) -> Service:
    """The Bento's, without any excess."""
    return Service(line, {})


def carried(costs: Costs, *, gateways: int) -> float:
    """The knee by the model; bounds as for the real thing."""
    carries = simulation_check.carries(costs, gateways, 1, 2.0)
    return knee.find(carries, start=200.0 * gateways)[0]


def no_time(_: random.Random) -> float:
    return 0.0


def test_a_gateways_cpu_bounds_what_it_carries() -> None:
    costs = Costs(comment=0.001, call=0.0, bento=a_line(Line(0.0, 0.0)), store=no_time)
    assert carried(costs, gateways=1) == pytest.approx(1_000, rel=0.12)
    assert carried(costs, gateways=2) == pytest.approx(2_000, rel=0.12)


def test_the_bento_bounds_what_gateways_carry() -> None:
    # A full call of 64 takes 64 ms.
    costs = Costs(comment=0.0, call=0.0, bento=a_line(Line(0.032, 0.0005)), store=no_time)
    assert carried(costs, gateways=1) == pytest.approx(1_000, rel=0.2)


def test_a_call_takes_what_is_measured_beyond_the_median_of_its_size() -> None:
    small, large = (
        Batch(size, seconds=0.002, cpu_seconds=0.001, took=[0.002, 0.002 + excess])
        for size, excess in ((1, 0.003), (64, 0.007))
    )
    service = Service.of(Line(0.001, 0.0001), [small, large])
    chance = random.Random(1)  # noqa: S311
    assert {round(service(2, chance), 6) for _ in range(30)} == {0.0012, 0.0042}
    assert {round(service(60, chance), 6) for _ in range(30)} == {0.007, 0.014}


def test_a_timer_ends_when_the_loops_clock_has_come_so_far() -> None:
    for when, now in ((0.005, 0.0014), (0.005, 0.00499), (0.0051, 0.002)):
        fires = now + simulation_parts.timer(when, now)
        assert simulation_parts.tick(fires) >= round(when, 3)
        assert fires - when < 0.0016
    assert simulation_parts.timer(0.001, 0.0012) == 0


def test_an_embedded_store_delays_by_what_was_measured_and_no_more() -> None:
    for embedded, took in ((True, 0.010), (False, 0.010 + 0.004)):
        costs = Costs(0.0, 0.004, lambda *_: 0.0, lambda _: 0.010, embedded=embedded)
        world = simulation_check.simulate(costs, 1.0, 20.0)
        # A call of the gateway's to the Bento comes before.
        least = min(seconds for _, seconds in world.answered)
        assert least == pytest.approx(0.004 + took, abs=1e-6)


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_autoscalers_have_the_manifests_settings(part: str) -> None:
    text = Path(f"k8s/base/{part}/horizontal-pod-autoscaler.yaml").read_text()
    spec, policy = yaml.safe_load(text)["spec"], Policy()
    up, down = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
    [metric] = spec["metrics"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (policy.least, policy.most)
    assert metric["resource"]["target"]["averageUtilization"] == 100 * policy.target
    assert up["policies"] == [
        {"type": "Percent", "value": 100 * (policy.growth - 1), "periodSeconds": 15},
        {"type": "Pods", "value": policy.growth_pods, "periodSeconds": 15},
    ]
    [container] = yaml.safe_load(Path(f"k8s/base/{part}/deployment.yaml").read_text())["spec"][
        "template"
    ]["spec"]["containers"]
    assert container["resources"]["requests"]["cpu"] == f"{1_000 * policy.request:g}m"
    assert down["stabilizationWindowSeconds"] == policy.calm_seconds
    assert down["policies"] == [
        {"type": "Pods", "value": 1, "periodSeconds": policy.shrink_seconds}
    ]


def test_nodes_are_as_many_as_the_cluster_has() -> None:
    [group] = yaml.safe_load(Path("k8s/aws/cluster.yaml").read_text())["managedNodeGroups"]
    assert (group["minSize"], group["maxSize"]) == simulate.NODES


def test_cores_carry_what_their_cpu_is_enough_for() -> None:
    costs = Costs(comment=0.0002, call=0.0, bento=lambda count, _: 0.0001 * count, store=no_time)
    assert simulate.cores_carry(costs, 500.0, 1) == pytest.approx(1.78 / 0.0003, rel=0.01)


def test_an_autoscaler_follows_the_load() -> None:
    env = simpy.Environment()
    pods: list[Worker] = []

    def add() -> Worker:
        pods.append(Worker(env, Cores(env)))
        return pods[-1]

    scaler = Autoscaler(env, Policy(), start_seconds=10, add=add, remove=pods.remove)

    def work() -> simulation_parts.Events:
        while True:
            # 1.5 cores' worth from 100 s to 400 s, else nothing.
            for pod in pods:
                if 100 <= env.now < 400:
                    pod.do(min(1.0, 1.5 / len(pods)), lambda: None)
            yield env.timeout(1)

    env.process(work())
    env.run(395)
    # 1.5 cores at 60 % of half a core are 5 pods.
    assert len(scaler.ready) == 5
    assert [wanted for _, wanted, _ in scaler.history] == sorted(
        wanted for _, wanted, _ in scaler.history
    )
    env.run(400 + 300)
    assert len(scaler.ready) == 5
    env.run(400 + 300 + 4 * 60)
    assert len(scaler.ready) == 2


def spike(refused: list[int], p99_ms: list[float]) -> Spike:
    pods = [(0.0, 2, 2), (40.0, 4, 2), (50.0, 4, 4)]
    return Spike("2 to 10", pods, pods, [100] * len(refused), refused, p99_ms)


def test_a_spike_is_over_when_all_is_well_again() -> None:
    calm = [0] * 30
    assert spike([*calm, 0, 0], [5.0] * 32).recovered_after == 0
    assert spike([*calm, 50, 0, 0, 0], [*[5.0] * 31, 900.0, 5.0, 5.0]).recovered_after == 2
    assert spike([*calm, 0, 50], [5.0] * 32).recovered_after is None
    assert spike([*calm, 0, 50], [5.0] * 32).refused_share == pytest.approx(0.25)


@pytest.fixture
def result() -> Simulation:
    histogram = Histogram([0.001, 0.01], [10, 1], 0.01)
    parts = Parts(1e-4, 1e-4, Line(1e-4, 1e-5), 1e-4, histogram)
    replicas = {count: 1_000.0 * count for count in (1, 2, 3, 4)}
    return Simulation(
        **results.about(),
        kind=KIND,
        seconds=4,
        batches=[Batch(1, 0.001, 0.001, [0.001])],
        sqlite={200.0: parts},
        dynamodb={200.0: parts},
        checked=[
            Checked(
                200.0,
                p50_ms=Figure([4.0, 5.0, 9.0], [4.0, 5.5, 7.0]),
                p99_ms=Figure([10.0, 10.0, 30.0], [7.0, 7.0, 7.0]),
            )
        ],
        knee=Figure([2_000], [2_200]),
        others=0.1,
        ready_seconds={"gateway": 1.0, "bento": 3.0},
        scaling=[Scaling(name, replicas) for name in ("both", "only gateways", "only Bentos")],
        limits={"a table": 4_000.0},
        spikes=[spike([0] * 40, [5.0] * 40)] * 2,
    )


def test_a_prediction_off_by_more_than_a_fifth_is_a_miss(result: Simulation) -> None:
    [checked] = result.checked
    assert not checked.p50_ms.missed
    assert checked.p99_ms.missed
    assert Figure([0.0], [1.0]).missed


def test_a_result_is_shown_and_drawn(
    result: Simulation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = results.save(result, tmp_path)
    report.redraw(file)
    printed = capsys.readouterr().out
    assert "+10%" in printed
    assert "+10% ✗" not in printed
    assert "-30% ✗" in printed
    assert "4.0–9.0" in printed
    assert file.with_suffix(".svg").exists()
