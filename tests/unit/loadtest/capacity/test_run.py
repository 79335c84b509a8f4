"""Conclusions from trials, and the output of the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from loadtest import publish
from loadtest.__main__ import main
from loadtest.capacity import cost
from loadtest.capacity import run as capacity
from loadtest.capacity.cost import CpuCost
from loadtest.capacity.prices import Prices
from loadtest.capacity.result import KIND, VOLUMES, Capacity, Need
from loadtest.harness.batches import Batch
from loadtest.harness.open_loop import Load
from loadtest.harness.trial import Trial
from loadtest.reporting import result as results
from processes import free_port

PRICES = Prices.read()
CPU = CpuCost(400e-6, 100e-6, 500e-6)


def trial(rate: float, p99_ms: float, *, errors: int = 0) -> Trial:
    return Trial(
        Load(rate, 1_000, 1_000 - errors, 1.0, 5.0, p99_ms),
        {"bento": 0.1, "gateway": 0.2, "generator": 0.1},
    )


def test_each_part_has_pods_by_its_own_cpu() -> None:
    assert capacity.needs([100, 10_000, 30_000], CPU, PRICES) == [
        Need(100, 2, 2),
        Need(10_000, 14, 4),
        Need(30_000, 40, 10),
    ]


def test_the_cpu_time_of_a_comment_is_that_of_pods_at_the_autoscalers_target() -> None:
    def at(rate: float, gateway: float, p99_ms: float = 20) -> Trial:
        load = Load(rate, int(rate), int(rate), 1.0, 5.0, p99_ms)
        return Trial(load, {"gateway": gateway, "bento": gateway / 4})

    trials = [at(2_000, 0.8), at(100, 0.1), at(400, 0.2), at(800, 0.3), at(9_000, 0.25, 900)]
    calls = [Batch(1, 1.0, 0.0005)]
    cpu = capacity.cpu_of_a_comment(2_000, trials, calls, 0.25)
    assert cpu
    assert cpu.gateway == pytest.approx((0.2 / 400 + 0.3 / 800) / 2)
    assert cpu.bento == pytest.approx(0.2 / 2_000), "it is never that busy"
    assert cpu.single_text == 0.0005
    busy = CpuCost(1 / 2_000, 1 / 2_000, 1 / 2_000)
    assert capacity.cpu_of_a_comment(2_000, trials, [], 0.25) == busy
    assert capacity.cpu_of_a_comment(0, [], calls, 0.25) is None


@pytest.mark.parametrize("cpu", [CPU, None])
def test_a_result_is_shown_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cpu: CpuCost | None
) -> None:
    costs = [each for n in VOLUMES for each in cost.all_designs(n, 200, cpu or CPU, PRICES)]
    result = Capacity(
        **results.about(),
        kind=KIND,
        target="one gateway",
        seconds=1,
        knee=200 if cpu else 0,
        trials=[trial(200, 20), trial(400, 900, errors=7)],
        batches=[],
        cpu=cpu,
        needs=capacity.needs([100], CPU, PRICES),
        costs=costs if cpu else [],
        curves=capacity.curves(CPU, PRICES) if cpu else {},
        prices=PRICES,
        background_cores=0.5,
    )
    file = results.save(result, tmp_path)
    publish.redraw(file)
    printed = capsys.readouterr().out
    assert "not quiet" in printed
    assert ("81.76" in printed) == bool(cpu)
    assert ("kept 1 month;" in " ".join(printed.split())) == bool(cpu)
    assert file.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:{port}"])
def test_a_url_that_leads_nowhere_ends_with_one_line(url: str) -> None:
    done = CliRunner().invoke(main, ["capacity", "--url", url.format(port=free_port())])
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1
    assert "loadtest: " in done.output
