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
    assert b"did not come within 0.5 s" in answer


def test_a_rejected_body_that_does_not_arrive_gets_no_second_answer(
    connection: socket.socket,
) -> None:
    connection.sendall(HEAD + b"Content-Type: text/plain\r\nContent-Length: 20\r\n\r\n")
    answers = read_all(connection)
    assert answers.startswith(b"HTTP/1.1 415 ")
    assert answers.count(b"HTTP/1.1 ") == 1


def test_a_head_that_trickles_is_408_and_idle_connections_stay(
    gateway: Gateway, connection: socket.socket
) -> None:
    head = HEAD + b"X-Slow: yes\r\n" * 5_000
    with socket.create_connection(gateway.address, timeout=30) as idle:
        # Until it is answered, there is always a next byte.
        connection.settimeout(0.05)
        answer, sent = b"", 0
        while not answer:
            assert sent < len(head)
            connection.sendall(head[sent : sent + 1])
            sent += 1
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"did not come within 0.5 s" in answer
        assert b"\r\nconnection: close\r\n" in answer
        idle.sendall(GET)
        assert idle.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_the_size_of_a_head_is_limited(connection: socket.socket) -> None:
    # The answer shows that the beginning of the next head has arrived, too.
    connection.sendall(GET + HEAD + b"X: ")
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
    connection.sendall(b"x" * (HEAD_MAX_BYTES + 1))
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"65,536 bytes" in answer
