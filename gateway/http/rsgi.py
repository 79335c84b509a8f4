"""The parts of RSGI that the gateway uses, with types.

https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, overload

from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian._granian import RSGIProtocolError as ProtocolError

__all__ = ["HTTPProtocol", "Headers", "ProtocolClosed", "ProtocolError", "Scope"]


class Headers(Protocol):
    """A request's headers, with names in lower case. Values that are not ASCII are left out."""

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value."""

    def __contains__(self, name: str) -> bool:
        """Whether there is such a header, with any value."""

    def get_all(self, name: str) -> list[str]:
        """All values, in order."""

    def items(self) -> list[tuple[str, str]]:
        """All names and values."""


class Scope(Protocol):
    """A request without its body; the path is decoded."""

    http_version: str
    scheme: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Headers:
        """A copy of the headers."""


class HTTPProtocol(Protocol):
    """The body of a request, and its answer."""

    async def __call__(self) -> bytes:
        """The whole body, of whatever length. Raises ProtocolError if it is broken, and
        ProtocolClosed if the client has gone."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces, the last of which is empty."""

    async def client_disconnect(self) -> None:
        """Wait until the client has disconnected."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Answer without a body."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer with a body."""

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        """Answer with a file, read piece by piece."""
