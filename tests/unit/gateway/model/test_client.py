from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.budget import RESERVE
from gateway.http.problems import Unavailable
from gateway.model.client import ANSWER_MAX_BYTES, MAX_TEXTS, Classified, Classifier
from gateway.model.replicas import Address, Replica
from processes import free_port
from tests.support.bad_bento import GOOD, MODEL, BadBento, bad_bento

POISON = "arsenic"


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest.fixture
async def classifier(bento: BadBento) -> AsyncIterator[Classifier]:
    async with Classifier(bento.url, attempt_seconds=30) as classifier:
        yield classifier


async def test_each_text_gets_its_result(classifier: Classifier, bento: BadBento) -> None:
    texts = [f"text {n} \N{GRINNING FACE}" for n in range(MAX_TEXTS)]
    results = await classifier.classify(texts)
    assert len(results) == MAX_TEXTS
    for result in results:
        assert isinstance(result, Classified)
        assert result.model == MODEL
        assert result.prediction.sentiment == "positive"
    assert bento.texts == texts
    assert bento.calls == 1


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(poisoned=st.lists(st.booleans(), min_size=1, max_size=MAX_TEXTS))
async def test_poison_fails_nothing_but_itself(poisoned: list[bool]) -> None:
    async with bad_bento() as bento, Classifier(bento.url, attempt_seconds=30) as classifier:
        bento.poison = POISON
        few = [bad and sum(poisoned[:n]) < 4 for n, bad in enumerate(poisoned)]
        results = await classifier.classify([POISON if bad else "good" for bad in few])
        assert [isinstance(result, Exception) for result in results] == few


async def test_poison_that_comes_again_and_again_uses_nothing_up(
    classifier: Classifier, bento: BadBento
) -> None:
    bento.poison = POISON
    for _ in range(20):
        results = await classifier.classify(["good"] * 5 + [POISON] + ["good"] * 6)
        assert sum(isinstance(result, Classified) for result in results) == 11


async def test_a_replica_that_fails_on_everything_is_left_out(bento: BadBento) -> None:
    bento.poison = ""
    async with bad_bento() as sick, Classifier(bento.url, attempt_seconds=30) as classifier:
        sick.poison = "text"
        await classifier.replicas.stop()  # it would look the name up again, and find one only
        port = int(sick.url.rpartition(":")[2])
        address = Address("127.0.0.1", port)
        classifier.replicas._replicas[address] = Replica(address)
        for number in range(20):
            results = await classifier.classify([f"text {number}", f"text {number} more"])
            assert all(isinstance(result, Classified) for result in results)
    assert 1 <= sick.calls <= 5


async def test_an_outage_is_not_multiplied(classifier: Classifier, bento: BadBento) -> None:
    bento.status = 500
    calls = 50
    for _ in range(calls):
        results = await classifier.classify(["one", "two", "three", "four"])
        assert all(isinstance(result, Unavailable) for result in results)
    assert bento.calls <= calls + RESERVE + 0.1 * calls


async def test_a_retry_may_save_it(classifier: Classifier, bento: BadBento) -> None:
    bento.status = 502
    first = await classifier.classify(["one"])
    assert isinstance(first[0], Unavailable)
    assert bento.calls == 2
    bento.status = 200
    assert isinstance((await classifier.classify(["one"]))[0], Classified)


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
async def test_an_answer_that_does_not_fit_is_none(
    classifier: Classifier, bento: BadBento, answer: object
) -> None:
    bento.answer = answer
    [result] = await classifier.classify(["one"])
    assert isinstance(result, Unavailable)
    assert result.status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_an_answer_without_end_is_not_taken_in(bento: BadBento) -> None:
    bento.endless = True
    async with Classifier(bento.url, attempt_seconds=10) as classifier:
        [result] = await classifier.classify(["one"])
        assert isinstance(result, Unavailable)
        assert result.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert await classifier.explain("one") is None
    assert bento.calls == 3
    # And what waits in the sockets.
    assert bento.sent < 3 * (ANSWER_MAX_BYTES + 8 * 2**20)


@pytest.mark.parametrize("answer", [b'{"results": []}', b"\xff", b'{"more": ' + 100_000 * b"["])
async def test_an_explanation_that_does_not_fit_is_none(
    classifier: Classifier, bento: BadBento, answer: bytes
) -> None:
    bento.answer = answer
    assert await classifier.explain("one") is None


async def test_no_answer_in_time_is_504(bento: BadBento) -> None:
    bento.open.clear()
    async with Classifier(bento.url, attempt_seconds=0.2) as classifier:
        [result] = await classifier.classify(["one"])
        assert isinstance(result, Unavailable)
        assert result.status == HTTPStatus.GATEWAY_TIMEOUT
        assert bento.calls == 2


async def test_readiness_is_the_bentos(classifier: Classifier, bento: BadBento) -> None:
    assert await classifier.ready()
    bento.ready_status = 302
    assert not await classifier.ready()
    async with Classifier(f"http://127.0.0.1:{free_port()}", attempt_seconds=5) as nowhere:
        assert not await nowhere.ready()
        [result] = await nowhere.classify(["one"])
        assert isinstance(result, Unavailable)
