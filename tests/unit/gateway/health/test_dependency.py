"""What is known of a part, on an event loop with virtual time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import pytest
from prometheus_client import REGISTRY

from gateway.errors import StoreUnavailableError, UnavailableError
from gateway.health.dependency import CHECK_SECONDS, QUIET_SECONDS, Dependency

MAX_SILENCE = 1.0

pytestmark = pytest.mark.looptime


class Part:
    """A part whose calls take `seconds`, and then fail or succeed."""

    def __init__(self) -> None:
        self.seconds = 0.1
        self.failure: Exception | None = None
        self.bug: Exception | None = None
        self.refused: list[str] = []
        """What waited when calls began to be refused got these errors."""
        self.calls = 0
        self.checks: list[float] = []
        self.answers_checks = asyncio.Event()
        self.answers_checks.set()
        self.state = Dependency(
            "store",
            self.check,
            max_silence=MAX_SILENCE,
            is_outage=lambda error: isinstance(error, StoreUnavailableError),
        )
        self.state.on_refusal = lambda error: self.refused.append(str(error))
        self.call = self.state.watched(self._call)

    async def _call(self, items: Sequence[str]) -> list[str | Exception]:
        self.calls += 1
        # What is decided when the call ends counts, as with a store that comes back.
        await asyncio.sleep(self.seconds)
        if self.failure:
            raise self.failure
        return [ValueError(item) if item == "bad" else item for item in items]

    async def check(self) -> None:
        self.checks.append(now())
        await self.answers_checks.wait()
        if self.bug:
            raise self.bug
        if self.failure:
            raise self.failure


def now() -> float:
    return asyncio.get_running_loop().time()


def gauge() -> float | None:
    return REGISTRY.get_sample_value("valence_gateway_outage", {"part": "store"})


@pytest.fixture
async def part() -> AsyncIterator[Part]:
    part = Part()
    yield part
    await part.state.close()


async def fails(part: Part, *items: str) -> str:
    """The text of the error with which a call fails."""
    with pytest.raises(UnavailableError) as raised:
        await part.call(items or ["good"])
    return str(raised.value)


async def test_a_part_that_answers_is_never_checked(part: Part) -> None:
    for _ in range(100):
        assert await part.call(["good"]) == ["good"]
    assert (part.state.failure, part.state.refusal, part.checks) == (None, None, [])
    assert gauge() == 0


async def test_a_failure_at_once_is_known_and_refuses_nothing(part: Part) -> None:
    part.failure = StoreUnavailableError("the disk is full")
    for _ in range(30):
        assert await fails(part) == "the disk is full"
    assert part.calls == 30
    assert part.state.failure == "the disk is full"
    assert part.state.refusal is None
    assert gauge() == 1
    part.failure = None
    assert await part.call(["good"]) == ["good"]
    assert part.state.failure is None
    assert gauge() == 0


async def test_calls_without_an_answer_refuse_new_ones_and_what_waits(part: Part) -> None:
    part.seconds, part.failure = 7, StoreUnavailableError("the connection broke")
    part.answers_checks.clear()
    call = asyncio.ensure_future(fails(part))
    await asyncio.sleep(MAX_SILENCE - 0.01)
    assert part.state.refusal is None
    await asyncio.sleep(0.02)
    assert part.state.refusal == "the store does not answer"
    assert await fails(part) == "the store does not answer"
    assert part.calls == 1
    # What was accepted gets another moment.
    assert part.refused == []
    await asyncio.sleep(MAX_SILENCE)
    assert part.refused == ["the store does not answer"]
    # The call itself may still succeed, so it is not given up. Its reason is the better one.
    assert await call == "the connection broke"
    assert await fails(part) == "the connection broke"
    assert part.calls == 1


async def test_a_check_that_fails_makes_it_sure(part: Part) -> None:
    part.seconds, part.failure = 7, StoreUnavailableError("the connection broke")
    call = asyncio.ensure_future(fails(part))
    await asyncio.sleep(MAX_SILENCE + 0.01)
    assert part.state.refusal == "the connection broke"
    assert part.refused == ["the connection broke"]
    await call


async def test_one_answer_among_others_is_enough(part: Part) -> None:
    part.seconds = 5
    slow = asyncio.ensure_future(part.call(["slow"]))
    await asyncio.sleep(0)
    part.seconds = 0.9
    for _ in range(5):
        await part.call(["quick"])
        assert part.state.refusal is None
    assert await slow == ["slow"]
    assert part.refused == []


async def test_a_check_that_passes_ends_the_refusals(part: Part) -> None:
    part.seconds, part.failure = 7, StoreUnavailableError("the connection broke")
    call = asyncio.create_task(fails(part))
    await asyncio.sleep(20)
    await call
    assert part.state.refusal
    # One at a time, a second apart.
    gaps = [after - before for before, after in zip(part.checks, part.checks[1:], strict=False)]
    assert gaps
    assert gaps == [CHECK_SECONDS] * len(gaps)
    part.failure, part.seconds = None, 0.1
    await asyncio.sleep(CHECK_SECONDS)
    assert part.state.refusal is None
    assert await part.call(["good"]) == ["good"]


async def test_a_check_goes_on_without_calls_until_the_part_works(part: Part) -> None:
    part.failure = StoreUnavailableError("gone")
    await fails(part)
    # The first one is at once.
    await asyncio.sleep(2 * CHECK_SECONDS + 0.5)
    assert len(part.checks) == 3
    part.failure = None
    await asyncio.sleep(CHECK_SECONDS)
    assert part.state.failure is None
    await asyncio.sleep(100)
    assert len(part.checks) == 4


async def test_one_slow_call_to_a_part_that_works_refuses_nothing_for_long(part: Part) -> None:
    part.seconds = 10
    call = asyncio.ensure_future(part.call(["slow"]))
    for _ in range(8):
        await asyncio.sleep(MAX_SILENCE + 0.01)
        assert part.state.refusal is None
    assert await call == ["slow"]
    assert part.refused == []


async def test_an_outage_is_logged_once_and_its_end_once(
    part: Part, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for second in range(60):
        part.failure = StoreUnavailableError("gone" if second % 2 else "broken")
        await fails(part)
        await asyncio.sleep(1 - part.seconds)
    part.failure = None
    await asyncio.sleep(CHECK_SECONDS + QUIET_SECONDS + 1)
    assert [record.getMessage() for record in caplog.records] == [
        "the store is out: broken",
        "the store is out: gone",
        "the store works again; it was out for 60 s",
    ]
    part.failure = StoreUnavailableError("gone")
    await fails(part)
    assert caplog.messages[3:] == ["the store is out: gone"]


async def test_calls_that_fail_though_checks_pass_are_one_outage(
    part: Part, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(30):
        part.failure = StoreUnavailableError("refused")
        await fails(part)
        part.failure = None
        await asyncio.sleep(1 + CHECK_SECONDS)
        assert part.state.failure is None, second
    await asyncio.sleep(QUIET_SECONDS)
    assert [message.partition(";")[0] for message in caplog.messages] == [
        "the store is out: refused",
        "the store works again",
    ]


async def test_an_item_s_own_failure_is_no_outage(part: Part) -> None:
    assert [type(result) for result in await part.call(["bad"])] == [ValueError]
    assert part.state.failure is None
    part.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await part.call(["good"])
    assert part.state.failure is None


async def test_a_cancelled_call_says_nothing(part: Part) -> None:
    call = asyncio.ensure_future(part.call(["good"]))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.sleep(2 * MAX_SILENCE)
    assert part.state.failure is None


async def test_a_check_with_a_bug_is_logged_and_repeated(
    part: Part, caplog: pytest.LogCaptureFixture
) -> None:
    part.failure = StoreUnavailableError("gone")
    await fails(part)
    part.failure, part.bug = None, ZeroDivisionError()
    await asyncio.sleep(CHECK_SECONDS + 0.1)
    assert caplog.records[-1].exc_info
    part.bug = None
    await asyncio.sleep(CHECK_SECONDS)
    assert part.state.failure is None
