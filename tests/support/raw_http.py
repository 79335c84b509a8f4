"""HTTP requests as raw bytes."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, NamedTuple

# A server that waits for its own time limit does not answer within this.
ANSWER_SECONDS = 5


class Answer(NamedTuple):
    """The answer to a request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def field(self) -> str:
        """The field that the problem names."""
        assert self.headers["Content-Type"] == "application/problem+json"
        problem: dict[str, Any] = json.loads(self.body)
        assert problem["status"] == self.status
        return str(problem["errors"][0]["field"])


def ask(address: tuple[str, int], request: bytes, *, piece: int = 2**20) -> Answer:
    """Send the bytes and read one answer.

    Args:
        address: of the server.
        request: all that is sent; the connection stays open until the answer has come.
        piece: bytes that are sent at a time.

    Raises:
        TimeoutError: no answer came at once.
    """
    with socket.create_connection(address, timeout=ANSWER_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for start in range(0, len(request), piece):
                connection.sendall(request[start : start + piece])
        except ConnectionError:
            pass  # refused before its end; the answer can be read all the same
        method = request.split(b" ", 1)[0].decode("latin-1")
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.headers, response.read())
