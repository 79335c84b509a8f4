"""Clients that offer another protocol are answered in this one."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess

import pytest

JSON = "Content-Type: application/json"
BODY = b'{"comment":"fine"}'
HEAD = b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQA\r\n"
OFFERED = HEAD + OFFER + b"Content-Length: %d\r\n\r\n" % len(BODY)
PLAIN = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def answers(url: str, *pieces: bytes) -> bytes:
    """All that comes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
        return client.makefile("rb").read()


def statuses(answer: bytes) -> list[int]:
    return [int(part.split()[0]) for part in answer.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
@pytest.mark.parametrize("more", [[], ["-H", "Transfer-Encoding: chunked"]])
def test_curl_with_http2(gateway_url: str, more: list[str]) -> None:
    command = ["curl", "-sS", "--http2", "-d", BODY.decode(), "-H", JSON, *more]
    command += ["-w", "\n%{http_version} %{http_code}", f"{gateway_url}/comments"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    body, last = run.stdout.splitlines()
    assert last == "1.1 201"
    assert json.loads(body)["original_comment"] == "fine"


def test_the_offer_changes_nothing_however_it_comes(gateway_url: str) -> None:
    whole = OFFERED + BODY + PLAIN + OFFERED + BODY + LAST
    assert statuses(answers(gateway_url, whole)) == [201, 200, 201, 200]
    bytewise = [bytes([byte]) for byte in OFFERED + BODY]
    assert statuses(answers(gateway_url, *bytewise, LAST)) == [201, 200]


def test_as_many_offers_as_fit_are_answered(gateway_url: str) -> None:
    offer = PLAIN.replace(b"Host: x\r\n", b"Host: x\r\n" + OFFER)
    assert statuses(answers(gateway_url, 2_000 * offer + LAST)) == 2_001 * [200]


def test_an_offer_may_wait_for_a_word_before_the_body(gateway_url: str) -> None:
    expecting = OFFERED.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with socket.create_connection(
        ("127.0.0.1", int(gateway_url.rpartition(":")[2])), timeout=30
    ) as client:
        client.sendall(expecting)
        assert client.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY + LAST)
        assert statuses(client.makefile("rb").read()) == [201, 200]


def test_a_websocket_is_refused_as_any_unknown_path_is(gateway_url: str) -> None:
    offer = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    asked = b"GET /socket HTTP/1.1\r\nHost: x\r\n" + offer
    answer = answers(gateway_url, asked + LAST)
    assert statuses(answer) == [404, 200]
    assert b"application/problem+json" in answer


def test_no_tunnel(gateway_url: str) -> None:
    [status] = statuses(answers(gateway_url, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + PLAIN))
    assert status == 400
