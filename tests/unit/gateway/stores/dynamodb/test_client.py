"""The client against a server that checks the requests."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from gateway.errors import StoreUnavailableError
from gateway.stores.dynamodb import client as dynamodb
from gateway.stores.dynamodb import credentials
from gateway.stores.dynamodb.client import (
    Client,
    ConditionFailedError,
    InvalidCallError,
    TransientError,
)

REGION = "eu-central-1"
SECRET = "of "  # noqa: S105
PREFIX = "com.amazonaws.dynamodb.v20120810#"


class Server:
    """Stands for DynamoDB, and for the agent that hands out credentials on EKS."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.Response] = lambda: web.json_response({"Item": {}})
        self.requests: list[tuple[web.Request, bytes]] = []
        self.handed_out: list[str] = []
        self.lifetime = dt.timedelta(hours=6)
        self.open = asyncio.Event()
        self.open.set()

    async def dynamodb(self, request: web.Request) -> web.Response:
        self.requests.append((request, await request.read()))
        await self.open.wait()
        return self.answer()

    async def credentials(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "from the file"
        key = f"key {len(self.handed_out)}"
        self.handed_out.append(key)
        await self.open.wait()
        expires = dt.datetime.now(dt.UTC) + self.lifetime
        return web.json_response(
            {
                "AccessKeyId": key,
                "SecretAccessKey": SECRET + key,
                "Token": f"token of {key}",
                "Expiration": expires.isoformat(),
            }
        )

    def fails(self, status: int, content: str) -> None:
        self.answer = lambda: web.Response(status=status, text=content)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Server]:
    """It is where the AWS settings of the environment say, and nothing else is set."""
    server = Server()
    app = web.Application()
    app.router.add_post("/", server.dynamodb)
    app.router.add_get("/credentials", server.credentials)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    token = tmp_path / "token"
    token.write_text("from the file")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    yield server
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    assert server
    client = Client(REGION)
    yield client
    await client.close()


def assert_signed(request: web.Request, body: bytes, key: str) -> None:
    """As AWS would: what arrived, signed once more, has the signature that came with it."""
    signer = SigV4Auth(
        ReadOnlyCredentials(key, SECRET + key, f"token of {key}"), "dynamodb", REGION
    )
    given = request.headers["Authorization"]
    names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-target", "x-amz-security-token"} <= set(names)
    again = AWSRequest("POST", str(request.url), {n: request.headers[n] for n in names}, body)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    wanted = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    assert given.endswith(f"Signature={wanted}")
    assert f"Credential={key}/" in given


async def test_a_call_is_signed_and_answered(server: Server, client: Client) -> None:
    server.answer = lambda: web.json_response({"Item": {"comment_id": {"S": "é"}}})
    asked = {"TableName": "comments", "Key": {"comment_id": {"S": "é\0\U0001f600"}}}
    assert await client.call("GetItem", asked) == {"Item": {"comment_id": {"S": "é"}}}
    [(request, body)] = server.requests
    assert json.loads(body) == asked
    assert request.headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert request.content_type == "application/x-amz-json-1.0"
    assert_signed(request, body, "key 0")


async def test_credentials_are_asked_for_once(server: Server, client: Client) -> None:
    for _ in range(3):
        await client.call("GetItem", {})
    assert server.handed_out == ["key 0"]


async def test_credentials_that_end_soon_are_renewed(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "REFRESH_SECONDS", 0)
    server.lifetime = dt.timedelta(minutes=1)
    used = []
    for _ in range(2):
        await client.call("GetItem", {})
        assert_signed(*server.requests[-1], server.handed_out[-1])
        used.append(server.handed_out[-1])
    assert used[0] != used[1]


async def test_callers_wait_for_the_same_credentials(server: Server, client: Client) -> None:
    await asyncio.gather(*(client.call("GetItem", {}) for _ in range(10)))
    assert server.handed_out == ["key 0"]


async def test_credentials_that_do_not_come_are_not_waited_for(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "LOOKUP_SECONDS", 0.1)
    server.open.clear()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="lookup failed"):
            await client.call("GetItem", {})
    assert len(server.handed_out) <= 1
    server.open.set()


async def test_a_provider_that_fails(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(StoreUnavailableError, match="lookup failed"):
        await client.call("GetItem", {})
    assert not server.requests


async def test_a_hung_call_is_given_up(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    await client._credentials.get()
    server.open.clear()
    with pytest.raises(TransientError, match="broke"):
        await client.call("GetItem", {})
    server.open.set()


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


async def test_no_credentials(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    with pytest.raises(StoreUnavailableError, match="there are no credentials"):
        await client.call("GetItem", {})
    assert not server.requests


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (400, {"__type": f"{PREFIX}ProvisionedThroughputExceededException"}, TransientError),
        (400, {"__type": "com.amazon.coral.availability#ThrottlingException"}, TransientError),
        (400, {"__type": f"{PREFIX}RequestLimitExceeded"}, TransientError),
        (500, {"__type": f"{PREFIX}InternalServerError"}, TransientError),
        (503, "<html>Service Unavailable</html>", TransientError),
        (400, {"__type": "com.amazon.coral.validate#ValidationException"}, InvalidCallError),
        (400, {"__type": f"{PREFIX}ConditionalCheckFailedException"}, ConditionFailedError),
        (400, {"__type": f"{PREFIX}ResourceNotFoundException"}, StoreUnavailableError),
        (400, {"__type": "com.amazon.coral.service#AccessDeniedException"}, StoreUnavailableError),
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
