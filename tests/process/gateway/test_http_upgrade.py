"""Clients that offer to upgrade to another protocol are answered in HTTP/1.1."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess

import pytest

from tests.support.gateways import Gateway

JSON = "Content-Type: application/json"
BODY = b'{"comment":"fine"}'
HEAD = b"POST /comments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQA\r\n"
UPGRADE_POST = HEAD + OFFER + b"Content-Length: %d\r\n\r\n" % len(BODY)
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSING_GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def exchange(gateway: Gateway, *pieces: bytes) -> bytes:
    """Send the pieces one by one; returns everything until the gateway closes the connection."""
    with socket.create_connection(gateway.address, timeout=30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
        return client.makefile("rb").read()


def statuses(answers: bytes) -> list[int]:
    return [int(part.split()[0]) for part in answers.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
@pytest.mark.parametrize("more", [[], ["-H", "Transfer-Encoding: chunked"]])
def test_curl_with_http2(gateway_url: str, more: list[str]) -> None:
    command = ["curl", "-sS", "--http2", "-d", BODY.decode(), "-H", JSON, *more]
    command += ["-w", "\n%{http_version} %{http_code}", f"{gateway_url}/comments"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    body, last = run.stdout.splitlines()
    assert last == "1.1 201"
    assert json.loads(body)["original_comment"] == "fine"


def test_an_offer_changes_nothing_however_it_arrives(shared_gateway: Gateway) -> None:
    whole = UPGRADE_POST + BODY + GET + UPGRADE_POST + BODY + CLOSING_GET
    assert statuses(exchange(shared_gateway, whole)) == [201, 200, 201, 200]
    bytewise = [bytes([byte]) for byte in UPGRADE_POST + BODY]
    assert statuses(exchange(shared_gateway, *bytewise, CLOSING_GET)) == [201, 200]


def test_any_number_of_offers_is_answered(shared_gateway: Gateway) -> None:
    offer = GET.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + OFFER)
    assert statuses(exchange(shared_gateway, 2_000 * offer + CLOSING_GET)) == 2_001 * [200]


def test_an_offer_may_wait_for_100_continue(shared_gateway: Gateway) -> None:
    expecting = UPGRADE_POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with socket.create_connection(shared_gateway.address, timeout=30) as client:
        client.sendall(expecting)
        assert client.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY + CLOSING_GET)
        assert statuses(client.makefile("rb").read()) == [201, 200]


def test_a_websocket_is_rejected_like_any_unknown_path(shared_gateway: Gateway) -> None:
    offer = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    asked = b"GET /socket HTTP/1.1\r\nHost: localhost\r\n" + offer
    answer = exchange(shared_gateway, asked + CLOSING_GET)
    assert statuses(answer) == [404, 200]
    assert b"application/problem+json" in answer


def test_a_tunnel_is_rejected(shared_gateway: Gateway) -> None:
    connect = b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert statuses(exchange(shared_gateway, connect, CLOSING_GET))[0] == 405
