"""Under overload, goodput holds, and the comments beyond it are refused at once.

`CHAOS_SECONDS` is how long each overload lasts. Generator, gateway and Bento share the machine,
perhaps with other processes; so goodput is also compared per second of CPU time that the gateway
got.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from loadtest.harness.cpu import CpuTime
from loadtest.servers.server import Server
from processes import module
from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway
from tests.support.open_loop import Outcome

SECONDS = float(os.environ.get("CHAOS_SECONDS", "0"))
KEPT = 0.85
RAMP_SECONDS = 10.0
FIRST_RATE = 500.0
# The first comments meet empty connections and queues.
WARM_SECONDS = 1.0
RECOVERY_SECONDS = 5.0
BENTO_DELAY_SECONDS = 0.25
BATCH = 64
# Noise of the allocator between two overloads. A leak would show more: at 2,500 refusals a second,
# 1 kB each is 150 MB in a minute.
GROWTH_MB = 40.0

pytestmark = [
    pytest.mark.timeout(300 + 20 * SECONDS),
    pytest.mark.skipif(not SECONDS, reason="overload takes minutes and the machine: `make chaos`"),
]


@dataclass(frozen=True)
class Trial:
    """One rate and its outcome."""

    rate: float
    goodput: float
    """201s a second."""
    per_cpu_second: float
    """201s per second of CPU time that the gateway got."""
    outcome: Outcome
    memory_mb: float
    """Of the gateway, afterwards."""

    def __str__(self) -> str:
        outcome = self.outcome
        accepted = [outcome.seconds(accepted=True, share=share) for share in (0.5, 0.99)]
        refused = [outcome.seconds(accepted=False, share=share) for share in (0.5, 0.99)]
        return (
            f"{self.rate:,.0f}/s offered: {self.goodput:,.0f}/s accepted"
            f" (p50 {accepted[0]:.2f} s, p99 {accepted[1]:.2f} s),"
            f" {self.per_cpu_second:,.0f} per second of CPU time; {outcome.statuses()},"
            f" refusals p50 {refused[0]:.2f} s, p99 {refused[1]:.2f} s;"
            f" {len(outcome.answers) - len(outcome.sent())} not sent, as all connections were busy;"
            f" {self.memory_mb:.0f} MB resident"
        )


async def offer(gateway: Gateway, rate: float, seconds: float) -> Trial:
    server = Server("gateway", gateway.process.pid)
    with CpuTime([server]) as cpu:
        generator = await asyncio.create_subprocess_exec(
            *module("tests.support.open_loop", gateway.url, str(rate), str(seconds)),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await generator.communicate()
    assert generator.returncode == 0
    outcome = msgspec.json.decode(output, type=Outcome)
    accepted = outcome.accepted(WARM_SECONDS, seconds)
    trial = Trial(
        rate,
        accepted / (seconds - WARM_SECONDS),
        outcome.statuses().get(201, 0) / cpu.seconds["gateway"],
        outcome,
        server.memory_mb(),
    )
    print(trial)
    return trial


async def peak(gateway: Gateway) -> Trial:
    """The best goodput of rising loads; one miss is forgiven, as the machine may have been busy."""
    best = await offer(gateway, FIRST_RATE, RAMP_SECONDS)
    rate, misses = FIRST_RATE, 0
    while misses < 2:
        rate *= 1.4
        trial = await offer(gateway, rate, RAMP_SECONDS)
        misses = 0 if trial.goodput > 1.05 * best.goodput else misses + 1
        best = max(best, trial, key=lambda one: one.goodput)
    return best


def assert_refused_well(outcome: Outcome) -> None:
    assert {answer.status for answer in outcome.refused} <= {429, 503}
    assert all(answer.retry_after for answer in outcome.refused)


def kept(trial: Trial, best: Trial) -> float:
    """The share of the best goodput that is left."""
    return max(trial.goodput / best.goodput, trial.per_cpu_second / best.per_cpu_second)


@pytest.fixture
async def gateway(bento_url: str, tmp_path: Path) -> AsyncIterator[Gateway]:
    with (
        (tmp_path / "log").open("wb") as log,
        Gateway(bento_url, output=log, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway,
    ):
        yield gateway


async def test_goodput_holds_at_twice_the_capacity_and_recovers_from_five_times(
    gateway: Gateway,
) -> None:
    print()
    best = await peak(gateway)
    twice = await offer(gateway, 2 * best.goodput, SECONDS)
    five = await offer(gateway, 5 * best.goodput, SECONDS)
    after = await offer(gateway, 0.3 * best.goodput, 2 * RECOVERY_SECONDS)
    again = await offer(gateway, 2 * best.goodput, SECONDS)
    print(
        f"peak {best.goodput:,.0f}/s; kept at twice that {kept(twice, best):.0%},"
        f" at five times {kept(five, best):.0%}, at twice again {kept(again, best):.0%}"
    )
    for trial in (twice, five):
        assert_refused_well(trial.outcome)
    assert max(kept(twice, best), kept(again, best)) >= KEPT
    normal = after.outcome.statuses(first=RECOVERY_SECONDS)
    assert set(normal) == {201}
    assert again.memory_mb < max(twice.memory_mb, five.memory_mb) + GROWTH_MB


async def test_goodput_holds_at_five_times_the_capacity_of_a_slow_model(tmp_path: Path) -> None:
    print()
    async with bad_bento() as bento:
        bento.delay = BENTO_DELAY_SECONDS
        with (
            (tmp_path / "log").open("wb") as log,
            Gateway(bento.url, output=log, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway,
        ):
            capacity = BATCH / BENTO_DELAY_SECONDS
            best = await offer(gateway, capacity, RAMP_SECONDS)
            five = await offer(gateway, 5 * best.goodput, SECONDS)
            share = five.goodput / best.goodput
            print(f"capacity {best.goodput:,.0f}/s; kept at five times {share:.0%}")
    assert_refused_well(five.outcome)
    assert share >= KEPT
    assert five.outcome.seconds(accepted=False, share=0.9) < 1
    assert five.memory_mb < best.memory_mb + GROWTH_MB
