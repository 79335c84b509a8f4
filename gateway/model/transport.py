"""HTTP calls to one replica of the Bento, and their spans."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from gateway import tracing
from gateway.errors import TimedOutError, UnavailableError
from gateway.model.replicas import Replica

# The Bento's limit.
MAX_TEXTS = 256
# So many, of all texts together, fit into the 2 MiB of JSON that the Bento accepts, even if they
# are control characters, which take six bytes each.
MAX_CHARACTERS = 320_000
# A prediction takes 200 bytes, an explanation at most 315 kB.
ANSWER_MAX_BYTES = 1024 * 1024
TOO_LATE = "the model did not answer in time"
UNREACHABLE = "the model cannot be reached"
UNTRUSTED = "the model's certificate is not accepted"
UNENCRYPTED = "the model answers without TLS"


class Transport:
    """Pooled connections to all replicas."""

    def __init__(self, url: str, call_seconds: float, trusted: ssl.SSLContext) -> None:
        """
        Args:
            url: the Bento's base URL. With https, its host is the name that certificates must have.
            call_seconds: time limit of one call, connecting included.
            trusted: who may sign the certificates.
        """
        parts = urlsplit(url)
        self._scheme = parts.scheme
        # Calls go to addresses, which no certificate has.
        self._name = parts.hostname if parts.scheme == "https" else None
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=call_seconds),
            headers={"Content-Type": "application/json"},
            connector=aiohttp.TCPConnector(limit=0, ssl=trusted),
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def url(self, replica: Replica, route: str) -> str:
        """Of a route of a replica."""
        return f"{self._scheme}://{replica.address.authority}/{route}"

    async def post(self, replica: Replica, route: str, body: bytes) -> tuple[int, bytes]:
        """The status and the content of an answer, which the current span notes.

        Args:
            replica: which one to ask.
            route: of the Bento.
            body: JSON.

        Raises:
            TimedOutError: there is no answer in time.
            UnavailableError: there is no answer, or it is too long.
        """
        with _failures():
            async with self._session.post(
                self.url(replica, route),
                data=body,
                headers=tracing.headers(),
                allow_redirects=False,
                server_hostname=self._name,
            ) as response:
                tracing.answered(response.status)
                return response.status, await _read(response)

    def span(self, replica: Replica, route: str, resent: int = 0) -> AbstractContextManager[object]:
        """The span of a call.

        Args:
            replica: which one is asked.
            route: of the Bento.
            resent: how often the same was asked before.
        """
        attributes: dict[str, str | int] = {
            "http.request.method": "POST",
            "server.address": replica.address.host,
            "server.port": replica.address.port,
            "url.full": self.url(replica, route),
        }
        if resent:
            attributes["http.request.resend_count"] = resent
        return tracing.span(f"POST /{route}", attributes, client=True)

    async def check(self, replica: Replica) -> None:
        """Return if the replica reports that its model answers.

        Raises:
            UnavailableError: it does not.
        """
        with _failures():
            async with self._session.get(
                self.url(replica, "readyz"), allow_redirects=False, server_hostname=self._name
            ) as response:
                status = response.status
        if status != HTTPStatus.OK:
            raise UnavailableError(f"the model is not ready: it answered with status {status}")

    async def is_ready(self, replica: Replica) -> bool:
        """Whether the replica reports that its model answers."""
        try:
            await self.check(replica)
        except UnavailableError:
            return False
        return True


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Raises the gateway's errors instead of the client's."""
    try:
        yield
    except TimeoutError:
        raise TimedOutError(TOO_LATE) from None
    except aiohttp.ClientConnectorCertificateError as error:
        reason = getattr(error.certificate_error, "verify_message", "") or "it is not valid"
        raise UnavailableError(f"{UNTRUSTED}: {reason}") from None
    except aiohttp.ClientSSLError:
        raise UnavailableError(UNENCRYPTED) from None
    except aiohttp.ClientError:
        raise UnavailableError(UNREACHABLE) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > ANSWER_MAX_BYTES:
            raise UnavailableError("the model's answer is too long")
    return bytes(content)
