"""HTTP client of the Bento: texts in, predictions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Self

import msgspec

from gateway import metrics, tracing
from gateway.errors import InvalidInputError, ModelFailedError, UnavailableError
from gateway.model.answers import Answer, Classification, Explanations, Question
from gateway.model.authority import Authority
from gateway.model.replicas import Replica, Replicas
from gateway.model.transport import Transport
from gateway.records import Explanation
from gateway.retries import RetryBudget

ADDRESS_UNKNOWN = "the model's address is not known"
# Statuses that may be the fault of a text rather than of the replica.
POISON = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


# msgspec's errors for bytes that are not JSON, not UTF-8, nested too deeply, or of another type.
_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _PoisonError(InvalidInputError):
    """The replica fails on these texts, or on all texts."""

    def __init__(self) -> None:
        super().__init__("texts", "are refused by the model")


class ModelClient:
    """A pooled HTTP client of all replicas of the Bento."""

    def __init__(
        self,
        url: str,
        *,
        call_seconds: float,
        ca_file: Path | None = None,
    ) -> None:
        """
        Args:
            url: the Bento's base URL; its host may have several addresses.
            call_seconds: time limit of one call, connecting included.
            ca_file: who may sign the Bento's certificate, for https; None: whom the system
                trusts.

        Raises:
            SettingsError: that file cannot be used.
        """
        self._authority = Authority(ca_file)
        self._transport = Transport(url, call_seconds, self._authority.context)
        self._replicas = Replicas(url, is_ready=self._transport.is_ready)
        self._budget = RetryBudget()
        self._decoder = msgspec.json.Decoder(Answer)
        self._explanations = msgspec.json.Decoder(Explanations)

    async def __aenter__(self) -> Self:
        await self._authority.__aenter__()
        await self._replicas.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._replicas.stop()
        await self._transport.close()
        await self._authority.__aexit__()

    def on_replica_count(self, callback: Callable[[int], None]) -> None:
        """Call it with the number of usable replicas, now and whenever that changes."""
        self._replicas.on_count(callback)

    async def classify(self, texts: Sequence[Question]) -> list[Classification | Exception]:
        """One result per text, in order. One text with probabilities gives them to all of a call.

        A failed call is retried once, on another replica if there is one, within the retry budget.
        If two replicas, or the only one, fail on a batch, its halves are tried, so that one bad
        text fails alone. A text that cannot be classified gets `UnavailableError`, or
        `TimedOutError` if the last attempt got no answer in time.
        """
        self._budget.earn()
        return await self._classify_part(texts, whole=True)

    async def explain(self, text: str) -> Explanation | None:
        """The model's explanation of its decision; None if one attempt gives none."""
        replica = self._replicas.choose()
        body = msgspec.json.encode({"texts": [text]})
        try:
            if replica:
                with (
                    replica.in_use(),
                    metrics.Call(metrics.model_seconds, "explain") as call,
                    self._transport.span(replica, "explain"),
                ):
                    status, content = await self._transport.post(replica, "explain", body)
                    if status == HTTPStatus.OK:
                        return self._explanations.decode(content).results[0]
                    call.outcome = "refused"
        except (UnavailableError, *_DECODE_ERRORS, IndexError):
            pass
        return None

    async def check(self) -> None:
        """Return if a replica reports that its model answers.

        Raises:
            UnavailableError: it does not, or there is none.
        """
        replica = self._replicas.choose()
        if replica is None:
            raise UnavailableError(ADDRESS_UNKNOWN)
        await self._transport.check(replica)

    async def _classify_part(
        self, texts: Sequence[Question], *, whole: bool
    ) -> list[Classification | Exception]:
        try:
            return await self._classify(texts, whole=whole)
        except UnavailableError as failure:
            # One exception each: they are raised in different tasks.
            return [type(failure)(str(failure)) for _ in texts]

    async def _classify(
        self, texts: Sequence[Question], *, whole: bool
    ) -> list[Classification | Exception]:
        body = _encode(texts)
        replica = self._replicas.choose()
        if replica is None:
            raise UnavailableError(ADDRESS_UNKNOWN)
        try:
            return list(await self._attempt(replica, body, len(texts)))
        except (UnavailableError, _PoisonError) as error:
            failure = error
        poisoned = isinstance(failure, _PoisonError)
        other = self._replicas.choose(avoid=replica) or replica
        # The refusal of a whole batch may be the replica's own fault: another replica tells.
        retry = not poisoned or (whole and other is not replica)
        if retry and self._budget.spend():
            metrics.RETRIES.inc()
            tracing.count("valence.retries")
            try:
                classifications = await self._attempt(other, body, len(texts), resent=1)
            except _PoisonError:
                poisoned = True
            else:
                if poisoned:
                    self._replicas.failed(replica)
                return list(classifications)
        if not poisoned:
            raise failure
        return await self._classify_halves(texts)

    async def _classify_halves(self, texts: Sequence[Question]) -> list[Classification | Exception]:
        if len(texts) == 1:
            return [ModelFailedError("the model fails on this comment")]
        if not (self._budget.spend() and self._budget.spend()):
            raise ModelFailedError("the model fails")
        metrics.RETRIES.inc(2)
        tracing.count("valence.retries", 2)
        half = len(texts) // 2
        halves = (texts[:half], texts[half:])
        parts = [await self._classify_part(part, whole=False) for part in halves]
        # If one half works, there is a bad text and no outage. Such batches are always split;
        # otherwise a few bad texts would use up the budget and fail the rest of their batches.
        if any(isinstance(result, Classification) for part in parts for result in part):
            self._budget.earn(2)
        return [result for part in parts for result in part]

    async def _attempt(
        self, replica: Replica, body: bytes, expected: int, *, resent: int = 0
    ) -> list[Classification]:
        try:
            with (
                replica.in_use(),
                metrics.Call(metrics.model_seconds, "classify") as call,
                self._transport.span(replica, "classify", resent),
            ):
                status, content = await self._transport.post(replica, "classify", body)
                answer = self._decode_answer(status, content, expected)
        except UnavailableError:
            self._replicas.failed(replica)
            raise
        self._replicas.succeeded(replica)
        metrics.model_answered(answer.model, call.seconds)
        tracing.note(
            {"valence.model.digest": answer.model, "valence.replica": str(replica.address)}
        )
        return [Classification(answer.model, result) for result in answer.results]

    def _decode_answer(self, status: int, content: bytes, expected: int) -> Answer:
        if status in POISON:
            raise _PoisonError
        if status != HTTPStatus.OK:
            raise UnavailableError(f"the model answered with status {status}")
        try:
            answer = self._decoder.decode(content)
        except _DECODE_ERRORS:
            raise UnavailableError("the model's answer cannot be decoded") from None
        if len(answer.results) != expected:
            raise UnavailableError("the model's answer has the wrong number of results")
        return answer


def _encode(questions: Sequence[Question]) -> bytes:
    asked: dict[str, object] = {"texts": [question.text for question in questions]}
    if any(question.with_probabilities for question in questions):
        asked["probabilities"] = True
    return msgspec.json.encode(asked)
