from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import TimedOutError, UnavailableError
from gateway.model.answers import Classification, Question
from gateway.model.client import ModelClient
from gateway.model.replicas import Address, Replica
from gateway.model.transport import ANSWER_MAX_BYTES, MAX_TEXTS
from gateway.retries import MAX_RETRIES_SAVED
from processes import free_port
from tests.support.bad_bento import GOOD, MODEL, BadBento, bad_bento

POISON = "arsenic"


async def classify(model: ModelClient, texts: list[str]) -> list[Classification | Exception]:
    return await model.classify([Question(text) for text in texts])


async def test_probabilities_are_asked_for_if_one_text_wants_them(
    model: ModelClient, bento: BadBento
) -> None:
    await model.classify([Question("one"), Question("two")])
    assert not bento.asked_for_probabilities
    results = await model.classify([Question("one"), Question("two", with_probabilities=True)])
    assert bento.asked_for_probabilities
    for result in results:
        assert isinstance(result, Classification)
        assert result.prediction.probabilities is not None


async def test_each_text_gets_its_result(model: ModelClient, bento: BadBento) -> None:
    texts = [f"text {n} \N{GRINNING FACE}" for n in range(MAX_TEXTS)]
    results = await classify(model, texts)
    assert len(results) == MAX_TEXTS
    for result in results:
        assert isinstance(result, Classification)
        assert result.model == MODEL
        assert result.prediction.sentiment == "positive"
    assert bento.texts == texts
    assert bento.calls == 1


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(poisoned=st.lists(st.booleans(), min_size=1, max_size=MAX_TEXTS))
async def test_a_bad_text_fails_alone(poisoned: list[bool]) -> None:
    async with bad_bento() as bento, ModelClient(bento.url, call_seconds=30) as model:
        bento.poison = POISON
        few = [bad and sum(poisoned[:n]) < 4 for n, bad in enumerate(poisoned)]
        results = await classify(model, [POISON if bad else "good" for bad in few])
        assert [isinstance(result, Exception) for result in results] == few


async def test_repeated_bad_texts_do_not_use_up_the_budget(
    model: ModelClient, bento: BadBento
) -> None:
    bento.poison = POISON
    for _ in range(20):
        results = await classify(model, ["good"] * 5 + [POISON] + ["good"] * 6)
        assert sum(isinstance(result, Classification) for result in results) == 11


async def test_a_replica_that_fails_on_everything_is_ejected(bento: BadBento) -> None:
    bento.poison = ""
    async with bad_bento() as sick, ModelClient(bento.url, call_seconds=30) as model:
        sick.poison = "text"
        await model._replicas.stop()  # it would resolve the name again, to one address only
        port = int(sick.url.rpartition(":")[2])
        address = Address("127.0.0.1", port)
        model._replicas._replicas[address] = Replica(address)
        for number in range(20):
            results = await classify(model, [f"text {number}", f"text {number} more"])
            assert all(isinstance(result, Classification) for result in results)
    assert 1 <= sick.calls <= 5


async def test_an_outage_is_not_multiplied(model: ModelClient, bento: BadBento) -> None:
    bento.status = 500
    calls = 50
    for _ in range(calls):
        results = await classify(model, ["one", "two", "three", "four"])
        assert all(isinstance(result, UnavailableError) for result in results)
    assert bento.calls <= calls + MAX_RETRIES_SAVED + 0.1 * calls


async def test_a_failed_call_is_retried(model: ModelClient, bento: BadBento) -> None:
    bento.status = 502
    first = await classify(model, ["one"])
    assert isinstance(first[0], UnavailableError)
    assert bento.calls == 2
    bento.status = 200
    assert isinstance((await classify(model, ["one"]))[0], Classification)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        {"model": MODEL, "results": [GOOD, GOOD]},
        {"model": MODEL, "results": [{**GOOD, "score": 2}]},
        {"model": "", "results": [GOOD]},
        {"model": f"{MODEL}\n", "results": [GOOD]},
        {"model": f"{MODEL}0", "results": [GOOD]},
        {"model": "sha256:" + "\N{FULLWIDTH DIGIT ONE}" * 64, "results": [GOOD]},
        {"model": "mine\r\nSet-Cookie: a=b", "results": [GOOD]},
        b'{"model": "\xff", "results": []}',
        b'{"more": ' + 100_000 * b"[",
    ],
)
async def test_an_invalid_answer_is_an_outage(
    model: ModelClient, bento: BadBento, answer: object
) -> None:
    bento.answer = answer
    [result] = await classify(model, ["one"])
    assert type(result) is UnavailableError


async def test_an_endless_answer_is_cut_off(bento: BadBento) -> None:
    bento.endless = True
    async with ModelClient(bento.url, call_seconds=10) as model:
        [result] = await classify(model, ["one"])
        assert type(result) is UnavailableError
        assert await model.explain("one") is None
    assert bento.calls == 3
    # Plus the sockets' buffers.
    assert bento.sent < 3 * (ANSWER_MAX_BYTES + 8 * 2**20)


@pytest.mark.parametrize("answer", [b'{"results": []}', b"\xff", b'{"more": ' + 100_000 * b"["])
async def test_an_invalid_explanation_is_none(
    model: ModelClient, bento: BadBento, answer: bytes
) -> None:
    bento.answer = answer
    assert await model.explain("one") is None


async def test_a_missing_answer_times_out(bento: BadBento) -> None:
    bento.open.clear()
    async with ModelClient(bento.url, call_seconds=0.2) as model:
        [result] = await classify(model, ["one"])
        assert isinstance(result, TimedOutError)
        assert bento.calls == 2


async def test_the_check_is_the_bentos_readiness(model: ModelClient, bento: BadBento) -> None:
    await model.check()
    bento.ready_status = 302
    with pytest.raises(UnavailableError, match="not ready: it answered with status 302"):
        await model.check()
    async with ModelClient(f"http://127.0.0.1:{free_port()}", call_seconds=5) as nowhere:
        with pytest.raises(UnavailableError, match="cannot be reached"):
            await nowhere.check()
        [result] = await classify(nowhere, ["one"])
        assert isinstance(result, UnavailableError)
