"""The Bento as the gateway sees it: texts in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, NamedTuple, Self

import aiohttp
import msgspec

from gateway.problems import Unavailable
from gateway.records import Confidence, Sentiment

# The Bento takes 2 MiB a call; 5,000 characters are at most 30,000 bytes of JSON, six for each
# control character, and 64 of those fit.
MAX_TEXTS = 64
ATTEMPTS = 2


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
    model: Annotated[str, msgspec.Meta(min_length=1)]
    results: list[Prediction]


class _RefusedError(Exception):
    """The Bento answered, but not with predictions."""


class Classifier:
    """A pooled HTTP client of the Bento's `/classify`."""

    def __init__(self, url: str, *, attempt_seconds: float) -> None:
        """
        Args:
            url: the Bento's base URL.
            attempt_seconds: time one call has, connecting included.
        """
        self._session = aiohttp.ClientSession(
            url + "/",
            timeout=aiohttp.ClientTimeout(total=attempt_seconds),
            headers={"Content-Type": "application/json"},
            connector=aiohttp.TCPConnector(limit=0),
        )
        self._decoder = msgspec.json.Decoder(_Answer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def classify(self, texts: Sequence[str]) -> list[Classified]:
        """One result a text, in order; a failed call is made once more.

        Raises:
            Unavailable: 504 if the last attempt got no answer in time, else 503.
        """
        body = msgspec.json.encode({"texts": texts})
        status = HTTPStatus.SERVICE_UNAVAILABLE
        detail = ""
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(body, len(texts))
            except TimeoutError:
                status, detail = HTTPStatus.GATEWAY_TIMEOUT, "the model did not answer in time"
            except aiohttp.ClientError:
                status, detail = HTTPStatus.SERVICE_UNAVAILABLE, "the model cannot be reached"
            except _RefusedError as refusal:
                status, detail = HTTPStatus.SERVICE_UNAVAILABLE, str(refusal)
        raise Unavailable(detail, status=status)

    async def ready(self) -> bool:
        """Whether the Bento says that its model answers."""
        try:
            async with self._session.get("readyz") as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _attempt(self, body: bytes, expected: int) -> list[Classified]:
        async with self._session.post("classify", data=body) as response:
            content = await response.read()
            if response.status != HTTPStatus.OK:
                raise _RefusedError(f"the model answered with status {response.status}")
        try:
            answer = self._decoder.decode(content)
        except msgspec.DecodeError:
            raise _RefusedError("the model's answer is not understood") from None
        if len(answer.results) != expected:
            raise _RefusedError("the model's answer has the wrong number of results")
        return [Classified(answer.model, result) for result in answer.results]
