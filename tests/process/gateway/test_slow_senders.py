"""Clients that send a request slowly, or never finish it: they are cut off, and nobody else."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from http_server import HEAD_MAX_BYTES
from tests.support.gateways import Gateway

HEAD = b"POST /comments HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def gateway(bento_url: str) -> Iterator[Gateway]:
    """A gateway where a request must arrive within half a second."""
    with Gateway(bento_url, GATEWAY_REQUEST_SECONDS=0.5) as gateway:
        yield gateway


@pytest.fixture
def connection(gateway: Gateway) -> Iterator[socket.socket]:
    with socket.create_connection(gateway.address, timeout=30) as connection:
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Everything until the gateway closes the connection."""
    return connection.makefile("rb").read()


def test_a_body_that_does_not_arrive_is_408(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{"com')
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive within 0.5 s" in answer


def test_a_rejected_body_that_does_not_arrive_gets_no_second_answer(
    connection: socket.socket,
) -> None:
    connection.sendall(HEAD + b"Content-Type: text/plain\r\nContent-Length: 20\r\n\r\n")
    answers = read_all(connection)
    assert answers.startswith(b"HTTP/1.1 415 ")
    assert answers.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X: " + b"x" * HEAD_MAX_BYTES,
        HEAD + b"X: y\r\n" * 101,
        b"GET /?" + b"q" * HEAD_MAX_BYTES,
    ],
    ids=["a long header", "many headers", "a long query"],
)
@pytest.mark.parametrize("piece", [1_000, 100_000])
def test_the_size_of_a_head_is_limited(connection: socket.socket, head: bytes, piece: int) -> None:
    head += b"\r\n\r\n"
    with contextlib.suppress(ConnectionError):  # the answer may come before the end of the head
        for start in range(0, len(head), piece):
            connection.sendall(head[start : start + piece])
    assert connection.recv(65_536).startswith(b"HTTP/1.1 431 ")
