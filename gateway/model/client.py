"""The Bento as the gateway sees it: texts in, predictions out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, NamedTuple, Self

import aiohttp
import msgspec

from gateway import metrics
from gateway.budget import RetryBudget
from gateway.http.problems import Unavailable
from gateway.model.replicas import Replica, Replicas
from gateway.records import Confidence, Explanation, Sentiment

# The Bento takes 2 MiB a call; 5,000 characters are at most 30,000 bytes of JSON, six for each
# control character, and 64 of those fit.
MAX_TEXTS = 64
# The Bento takes 100 bytes for each of these, and at most 315 kB to explain one.
ANSWER_MAX_BYTES = MAX_TEXTS * 16 * 1024
POISON = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


class Prediction(msgspec.Struct, frozen=True):
    """What the model says of one text."""

    sentiment: Sentiment
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    confidence: Confidence


class Classified(NamedTuple):
    """A prediction, and the digest of the artifact that made it."""

    model: str
    prediction: Prediction


class _Answer(msgspec.Struct, frozen=True):
    # It goes into headers, logs and metrics. (`$` would allow a newline behind it.)
    model: Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")]
    results: list[Prediction]


class _Explanations(msgspec.Struct, frozen=True):
    results: list[Explanation]


# What msgspec raises for bytes that are no JSON, no UTF-8, nested too deeply, or not as declared.
_NOT_UNDERSTOOD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _FailedError(Exception):
    """This replica did not answer as it should; another may."""

    def __init__(self, detail: str, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> None:
        super().__init__(detail)
        self.status = status


class _PoisonError(Exception):
    """The replica works, but not on these texts; or something is wrong with it."""


class Classifier:
    """A pooled HTTP client of the `/classify` of all replicas of the Bento."""

    def __init__(
        self,
        url: str,
        *,
        attempt_seconds: float,
    ) -> None:
        """
        Args:
            url: the Bento's base URL; its host may have several addresses.
            attempt_seconds: time one call has, connecting included.
        """
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=attempt_seconds),
            headers={"Content-Type": "application/json"},
            connector=aiohttp.TCPConnector(limit=0),
            auto_decompress=False,
        )
        self.replicas = Replicas(url, ready=self._answers)
        self._budget = RetryBudget()
        self._decoder = msgspec.json.Decoder(_Answer)
        self._explanations = msgspec.json.Decoder(_Explanations)

    async def __aenter__(self) -> Self:
        await self.replicas.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.replicas.stop()
        await self._session.close()

    async def classify(self, texts: Sequence[str]) -> list[Classified | Exception]:
        """One result a text, in order.

        A failed call is made once more, elsewhere if there is another replica, within the retry
        budget. If two replicas, or the only one, fail on a batch, its halves are tried, so that one
        text that they cannot stand costs nobody else an answer. What cannot be classified gets
        `Unavailable`: 504 if the last attempt got no answer in time, else 503.
        """
        self._budget.earn()
        return await self._classify_part(texts, whole=True)

    async def explain(self, text: str) -> Explanation | None:
        """Why the model decides as it does on this text; None if it does not say in one attempt."""
        replica = self.replicas.choose()
        body = msgspec.json.encode({"texts": [text]})
        try:
            if replica:
                with replica.busy():
                    status, content = await self._call(replica, "explain", body)
                if status == HTTPStatus.OK:
                    return self._explanations.decode(content).results[0]
        except (_FailedError, *_NOT_UNDERSTOOD, IndexError):
            pass
        return None

    async def ready(self) -> bool:
        """Whether a replica says that its model answers."""
        replica = self.replicas.choose()
        return replica is not None and await self._answers(replica)

    async def _classify_part(
        self, texts: Sequence[str], *, whole: bool
    ) -> list[Classified | Exception]:
        try:
            return await self._classify(texts, whole=whole)
        except _FailedError as failure:
            return [Unavailable(str(failure), status=failure.status) for _ in texts]

    async def _classify(self, texts: Sequence[str], *, whole: bool) -> list[Classified | Exception]:
        body = msgspec.json.encode({"texts": texts})
        replica = self.replicas.choose()
        if replica is None:
            raise _FailedError("the model's address is not known")
        try:
            return list(await self._attempt(replica, body, len(texts)))
        except (_FailedError, _PoisonError) as error:
            failure = error
        poisoned = isinstance(failure, _PoisonError)
        other = self.replicas.choose(avoid=replica) or replica
        # What a whole batch is refused for may be the replica's fault: another one tells.
        again = not poisoned or (whole and other is not replica)
        if again and self._budget.spend():
            metrics.RETRIES.inc()
            try:
                found = await self._attempt(other, body, len(texts))
            except _PoisonError:
                poisoned = True
            else:
                if poisoned:
                    self.replicas.failed(replica)
                return list(found)
        if not poisoned:
            raise failure
        return await self._classify_halves(texts)

    async def _classify_halves(self, texts: Sequence[str]) -> list[Classified | Exception]:
        if len(texts) == 1:
            return [Unavailable("the model fails on this comment")]
        if not (self._budget.spend() and self._budget.spend()):
            raise _FailedError("the model fails")
        metrics.RETRIES.inc(2)
        half = len(texts) // 2
        halves = (texts[:half], texts[half:])
        parts = [await self._classify_part(part, whole=False) for part in halves]
        # A half that works shows a text that does not, and no outage: such are always split, or
        # a few of them would use up the budget and take their batch-mates with them.
        if any(isinstance(result, Classified) for part in parts for result in part):
            self._budget.earn(2)
        return [result for part in parts for result in part]

    async def _attempt(self, replica: Replica, body: bytes, expected: int) -> list[Classified]:
        started = time.perf_counter()
        try:
            with replica.busy():
                status, content = await self._call(replica, "classify", body)
            answer = self._understand(status, content, expected)
        except _FailedError:
            self.replicas.failed(replica)
            raise
        finally:
            metrics.MODEL_SECONDS.observe(time.perf_counter() - started)
        self.replicas.succeeded(replica)
        return [Classified(answer.model, result) for result in answer.results]

    async def _call(self, replica: Replica, route: str, body: bytes) -> tuple[int, bytes]:
        try:
            async with self._session.post(
                f"{replica.address.url}/{route}", data=body, allow_redirects=False
            ) as response:
                return response.status, await _read(response)
        except TimeoutError:
            raise _FailedError(
                "the model did not answer in time", HTTPStatus.GATEWAY_TIMEOUT
            ) from None
        except aiohttp.ClientError:
            raise _FailedError("the model cannot be reached") from None

    def _understand(self, status: int, content: bytes, expected: int) -> _Answer:
        if status in POISON:
            raise _PoisonError
        if status != HTTPStatus.OK:
            raise _FailedError(f"the model answered with status {status}")
        try:
            answer = self._decoder.decode(content)
        except _NOT_UNDERSTOOD:
            raise _FailedError("the model's answer is not understood") from None
        if len(answer.results) != expected:
            raise _FailedError("the model's answer has the wrong number of results")
        return answer

    async def _answers(self, replica: Replica) -> bool:
        try:
            async with self._session.get(
                f"{replica.address.url}/readyz", allow_redirects=False
            ) as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > ANSWER_MAX_BYTES:
            raise _FailedError("the model's answer is too long")
    return bytes(content)
