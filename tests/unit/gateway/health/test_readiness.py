"""Readiness: the start, the parts that are missing, and the cost of asking."""

from __future__ import annotations

import asyncio

import pytest

import reporting
from gateway.errors import MisconfiguredError, StoreUnavailableError
from gateway.health.readiness import CHECK_SECONDS, SILENT_START_SECONDS, VALID_SECONDS, Readiness

pytestmark = pytest.mark.looptime


class Part:
    """A part that counts its checks and can be broken, or be silent."""

    def __init__(self) -> None:
        self.checks = 0
        self.failure: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()

    async def check(self) -> None:
        self.checks += 1
        await self.answers.wait()
        if self.failure:
            raise self.failure


@pytest.fixture
def model() -> Part:
    return Part()


@pytest.fixture
def store() -> Part:
    return Part()


@pytest.fixture
def subject(model: Part, store: Part) -> Readiness:
    return Readiness({"model": model.check, "store": store.check})


async def test_the_missing_parts_are_named(subject: Readiness, model: Part, store: Part) -> None:
    assert await subject.find_outage() is None
    store.failure = StoreUnavailableError("the disk is full")
    await asyncio.sleep(VALID_SECONDS + 0.1)
    assert await subject.find_outage() == "the store is out (the disk is full)"
    model.answers.clear()
    await asyncio.sleep(VALID_SECONDS + 0.1)
    assert await subject.find_outage() == (
        "the model is out (it does not answer); the store is out (the disk is full)"
    )


async def test_many_questions_cost_one_check(subject: Readiness, store: Part) -> None:
    await asyncio.gather(*(subject.find_outage() for _ in range(100)))
    assert store.checks == 1


async def test_a_check_that_hangs_is_the_only_one(subject: Readiness, store: Part) -> None:
    store.answers.clear()
    for _ in range(5):
        began = asyncio.get_running_loop().time()
        assert await subject.find_outage() == "the store is out (it does not answer)"
        assert asyncio.get_running_loop().time() - began <= CHECK_SECONDS + 0.01
        await asyncio.sleep(VALID_SECONDS + 0.1)
    assert store.checks == 1
    store.answers.set()
    assert await subject.find_outage() is None
    await subject.close()


async def test_the_result_of_a_check_that_took_too_long_is_not_believed_later(
    subject: Readiness, store: Part
) -> None:
    store.answers.clear()
    store.failure = StoreUnavailableError("gone")
    assert await subject.find_outage() == "the store is out (it does not answer)"
    store.answers.set()
    await asyncio.sleep(30)
    store.failure = None
    assert await subject.find_outage() is None
    assert store.checks == 2


async def test_the_start_waits_for_all_parts_and_is_not_taken_back(
    subject: Readiness, model: Part, store: Part
) -> None:
    store.failure = StoreUnavailableError("gone")
    starting = asyncio.create_task(subject.start())
    await asyncio.sleep(100)
    assert not subject.has_started
    store.failure, model.failure = None, StoreUnavailableError("gone")
    await asyncio.sleep(100)
    assert not subject.has_started
    model.failure = None
    await starting
    store.failure = StoreUnavailableError("gone")
    await asyncio.sleep(VALID_SECONDS + 0.1)
    assert await subject.find_outage()
    assert subject.has_started


async def test_a_long_start_is_logged_once_for_each_reason(
    subject: Readiness,
    store: Part,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[str] = []
    monkeypatch.setattr(reporting, "leave", left.append)
    store.failure = StoreUnavailableError("gone")
    starting = asyncio.create_task(subject.start())
    await asyncio.sleep(SILENT_START_SECONDS - 0.1)
    assert caplog.messages == []
    await asyncio.sleep(100)
    store.failure = None
    await starting
    assert caplog.messages == ["not ready: the store is out (gone)", "ready"]
    assert left == ["gateway: not ready: the store is out (gone)", ""]


async def test_a_mistake_in_the_configuration_ends_the_start_only(
    subject: Readiness, store: Part
) -> None:
    store.failure = MisconfiguredError("no table of ours")
    with pytest.raises(MisconfiguredError):
        await subject.start()
    store.failure = None
    await subject.start()
    store.failure = MisconfiguredError("expired")
    await asyncio.sleep(VALID_SECONDS + 0.1)
    assert await subject.find_outage() == "the store is out (expired)"


async def test_a_check_with_a_bug_is_logged_and_fails(
    subject: Readiness, store: Part, caplog: pytest.LogCaptureFixture
) -> None:
    store.failure = ZeroDivisionError()
    outage = await subject.find_outage()
    assert outage
    assert "the store is out" in outage
    assert caplog.records[0].exc_info
