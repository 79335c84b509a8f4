"""The client against a server that checks the requests."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import web

from gateway.errors import MisconfiguredError, StoreUnavailableError
from gateway.stores.dynamodb import client as dynamodb
from gateway.stores.dynamodb.client import (
    Client,
    ConditionFailedError,
    InvalidCallError,
    NoTableError,
    ThrottledError,
    TransientError,
)
from tests.support.dynamodb_server import REGION, Server, assert_signed

PREFIX = "com.amazonaws.dynamodb.v20120810#"


async def test_a_call_is_signed_and_answered(server: Server, client: Client) -> None:
    server.answer = lambda: web.json_response({"Item": {"comment_id": {"S": "é"}}})
    asked = {"TableName": "comments", "Key": {"comment_id": {"S": "é\0\U0001f600"}}}
    assert await client.call("GetItem", asked) == {"Item": {"comment_id": {"S": "é"}}}
    [(request, body)] = server.requests
    assert json.loads(body) == asked
    assert request.headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert request.content_type == "application/x-amz-json-1.0"
    assert_signed(request, body, "key 0")


def test_a_missing_region_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    message = r"^DynamoDB cannot be used: there is no region; set AWS_REGION$"
    with pytest.raises(StoreUnavailableError, match=message):
        Client()
    with pytest.raises(StoreUnavailableError, match=message):
        dynamodb.connect()


async def test_a_hung_call_is_given_up(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    await client._credentials.get()
    server.open.clear()
    with pytest.raises(TransientError, match="does not answer in time"):
        await client.call("GetItem", {})
    server.open.set()


async def test_a_connection_that_is_not_made_in_time(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without a route, or behind a NetworkPolicy."""
    monkeypatch.setattr(dynamodb, "TIMEOUT", aiohttp.ClientTimeout(sock_connect=0.1))
    await client._credentials.get()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as taken:
        address = full.getsockname()
        for _ in range(2):
            waiting = taken.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        monkeypatch.setattr(client, "_url", f"http://127.0.0.1:{address[1]}/")
        with pytest.raises(TransientError, match="cannot be reached"):
            await client.call("GetItem", {})


@pytest.mark.parametrize("content", ["<html>", "[]", ""])
async def test_what_is_not_dynamodbs_answer(server: Server, client: Client, content: str) -> None:
    server.fails(200, content)
    with pytest.raises(TransientError, match="cannot be decoded"):
        await client.call("GetItem", {})


async def test_redirects_are_not_followed(server: Server, client: Client) -> None:
    server.answer = lambda: web.Response(status=307, headers={"Location": "/"})
    with pytest.raises(StoreUnavailableError):
        await client.call("GetItem", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (400, {"__type": f"{PREFIX}ProvisionedThroughputExceededException"}, ThrottledError),
        (400, {"__type": "com.amazon.coral.availability#ThrottlingException"}, ThrottledError),
        (400, {"__type": f"{PREFIX}RequestLimitExceeded"}, ThrottledError),
        (500, {"__type": f"{PREFIX}InternalServerError"}, TransientError),
        (503, "<html>Service Unavailable</html>", TransientError),
        (400, {"__type": "com.amazon.coral.validate#ValidationException"}, InvalidCallError),
        (400, {"__type": f"{PREFIX}ConditionalCheckFailedException"}, ConditionFailedError),
        (400, {"__type": f"{PREFIX}ResourceNotFoundException"}, NoTableError),
        (400, {"__type": "com.amazon.coral.service#AccessDeniedException"}, MisconfiguredError),
        (400, {"__type": "com.amazon.coral.service#ExpiredTokenException"}, MisconfiguredError),
        (
            400,
            {"__type": "com.amazon.coral.service#UnrecognizedClientException"},
            MisconfiguredError,
        ),
        (400, {"message": "?"}, StoreUnavailableError),
        (404, "not JSON", StoreUnavailableError),
    ],
)
async def test_what_errors_mean(
    server: Server, client: Client, status: int, content: Any, error: type[Exception]
) -> None:
    server.fails(status, content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(error) as raised:
        await client.call("PutItem", {})
    assert type(raised.value) is error


async def test_a_broken_connection_may_have_done_it(server: Server, client: Client) -> None:
    def breaks() -> web.Response:
        transport = server.requests[-1][0].transport
        assert transport
        transport.abort()
        return web.Response()

    server.answer = breaks
    with pytest.raises(TransientError, match="broke"):
        await client.call("PutItem", {})


async def test_nobody_listens(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{free.getsockname()[1]}")
        client = Client(REGION)
        with pytest.raises(TransientError, match="cannot be reached"):
            await client.call("GetItem", {})
        await client.close()


async def test_what_is_no_utf8_is_not_sent(server: Server, client: Client) -> None:
    with pytest.raises(InvalidCallError):
        await client.call("PutItem", {"Item": {"comment": {"S": "\ud800"}}})
    assert not server.requests


@pytest.mark.parametrize("trusted", [True, False])
async def test_certificates_are_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, trusted: bool
) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "bundle.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(bundle)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    app = web.Application()
    app.router.add_post("/", server.dynamodb)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"https://127.0.0.1:{runner.addresses[0][1]}")
    client = Client(REGION)
    try:
        if trusted:
            assert await client.call("GetItem", {}) == {"Item": {}}
        else:
            with pytest.raises(TransientError):
                await client.call("GetItem", {})
    finally:
        await client.close()
        await runner.cleanup()
