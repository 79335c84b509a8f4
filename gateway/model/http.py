"""HTTP calls to replicas of the Bento, measured and traced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus

import aiohttp

from gateway import metrics, tracing
from gateway.errors import TimedOutError, UnavailableError
from gateway.model.replicas import Replica

# So many of the longest comments fit into the 2 MiB of JSON that the Bento accepts, even if they
# consist of control characters, which take six bytes each.
MAX_TEXTS = 64
TOO_LATE = "the model did not answer in time"
UNREACHABLE = "the model cannot be reached"
# A prediction takes 100 bytes, an explanation at most 315 kB.
ANSWER_MAX_BYTES = MAX_TEXTS * 16 * 1024


class HTTP:
    """A pool of connections to all replicas.

    Every method raises `UnavailableError` if there is no answer, and `TimedOutError` if there is
    none in time.
    """

    def __init__(self, call_seconds: float) -> None:
        """
        Args:
            call_seconds: time limit of one call, connecting included.
        """
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=call_seconds),
            headers={"Content-Type": "application/json"},
            connector=aiohttp.TCPConnector(limit=0),
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def post(self, replica: Replica, route: str, body: bytes) -> tuple[int, bytes]:
        """Send JSON; the status and the body of the answer."""
        try:
            async with self._session.post(
                f"{replica.address.url}/{route}",
                data=body,
                headers=tracing.headers(),
                allow_redirects=False,
            ) as response:
                tracing.answered(response.status)
                return response.status, await _read(response)
        except TimeoutError:
            raise TimedOutError(TOO_LATE) from None
        except aiohttp.ClientError:
            raise UnavailableError(UNREACHABLE) from None

    async def check(self, replica: Replica) -> None:
        """Return if the replica reports that its model answers; otherwise `UnavailableError`."""
        try:
            async with self._session.get(
                f"{replica.address.url}/readyz", allow_redirects=False
            ) as response:
                status = response.status
        except TimeoutError:
            raise TimedOutError(TOO_LATE) from None
        except aiohttp.ClientError:
            raise UnavailableError(UNREACHABLE) from None
        if status != HTTPStatus.OK:
            raise UnavailableError(f"the model is not ready: it answered with status {status}")


@contextmanager
def measured(replica: Replica, route: str, resent: int = 0) -> Iterator[metrics.Call]:
    """Measure and trace a call in the block, which counts as one in use of the replica.

    Args:
        replica: that is called.
        route: of the call.
        resent: how many times it was sent before.
    """
    with (
        replica.in_use(),
        _span(replica, route, resent),
        metrics.Call(metrics.model_seconds, route) as call,
    ):
        yield call


def _span(replica: Replica, route: str, resent: int) -> AbstractContextManager[object]:
    attributes: dict[str, str | int] = {
        "http.request.method": "POST",
        "server.address": replica.address.host,
        "server.port": replica.address.port,
        "url.full": f"{replica.address.url}/{route}",
    }
    if resent:
        attributes["http.request.resend_count"] = resent
    return tracing.span(f"POST /{route}", attributes, client=True)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > ANSWER_MAX_BYTES:
            raise UnavailableError("the model's answer is too long")
    return bytes(content)
