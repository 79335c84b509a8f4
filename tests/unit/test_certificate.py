"""HTTPS with a certificate that is renewed while requests are in progress."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
import trustme

import certificate
from certificate import Certificate
from environment import SettingsError
from gateway.http.rsgi import HTTPProtocol, Scope
from http_server import Interfaces, Server
from processes import free_port
from tests.support.certificates import write
from tests.support.until import until

NAME = "bento"


class App:
    """Answers `/slow` when it may, and everything else at once."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.path == "/slow":
            self.arrived.set()
            await self.may_answer.wait()
        protocol.response_bytes(200, [], b"ok")


class Client:
    """Asks the server, with a connection for each request if it trusts somebody else."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"https://127.0.0.1:{port}"
        self._session = session

    async def post(self, path: str, trusted: trustme.CA) -> str:
        """A POST is not sent again by the client if its connection is closed."""
        context = ssl.create_default_context()
        trusted.configure_trust(context)
        url = self._url + path
        async with self._session.post(url, ssl=context, server_hostname=NAME) as answer:
            return await answer.text()

    async def accepts(self, trusted: trustme.CA) -> bool:
        # At the moment of a renewal connections may be reset.
        with contextlib.suppress(aiohttp.ClientConnectionError, TimeoutError):
            async with asyncio.timeout(2):
                return await self.post("/", trusted) == "ok"
        return False


@pytest.fixture
def files(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path / "tls.crt", tmp_path / "tls.key")


@pytest.fixture
async def serve(
    files: Certificate, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[App], Client]]:
    """Starts the server; it is stopped at the end of the test."""
    monkeypatch.setattr(certificate.RenewedServer.__init__, "__defaults__", (0.01,))
    servers: list[tuple[Server, asyncio.Task[None]]] = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session:

        def start(app: App) -> Client:
            port = free_port()
            server = Server(app, Interfaces.RSGI, "127.0.0.1", port, "PORT", certificate=files)
            servers.append((server, server.start()))
            return Client(port, session)

        yield start
    for server, task in servers:
        assert await server.stop(5)
        assert task.done()


async def test_a_renewed_certificate_is_served_and_no_request_is_lost(
    files: Certificate, serve: Callable[[App], Client]
) -> None:
    old, new = trustme.CA(), trustme.CA()
    write(old, NAME, files)
    app = App()
    client = serve(app)
    slow = asyncio.ensure_future(client.post("/slow", old))
    await app.arrived.wait()
    assert not await client.accepts(new)
    write(new, NAME, files)

    async def follows() -> None:
        while not await client.accepts(new):
            pass

    await asyncio.wait_for(follows(), 20)
    assert not await client.accepts(old)
    assert not slow.done()
    app.may_answer.set()
    assert await slow == "ok"


async def test_a_certificate_that_cannot_be_used_does_not_replace_the_one_before(
    files: Certificate, serve: Callable[[App], Client], caplog: pytest.LogCaptureFixture
) -> None:
    authority = trustme.CA()
    write(authority, NAME, files)
    client = serve(App())
    assert await client.accepts(authority)
    files.chain.write_text("half of a")
    await until(lambda: "the certificate stays as it is" in caplog.text, seconds=20)
    assert await client.accepts(authority)
    write(authority, NAME, files)
    await until(lambda: "the certificate was renewed" in caplog.text, seconds=20)
    assert await client.accepts(authority)


@pytest.mark.parametrize(
    ("chain", "reason"),
    [(None, "No such file or directory"), ("hello", "with the key"), ("other", "MISMATCH")],
)
def test_an_unusable_certificate_is_named(
    files: Certificate, chain: str | None, reason: str
) -> None:
    authority = trustme.CA()
    write(authority, NAME, files)
    if chain is None:
        files.chain.unlink()
    elif chain == "other":
        files.chain.write_bytes(authority.issue_cert(NAME).cert_chain_pems[0].bytes())
    else:
        files.chain.write_text(chain)
    with pytest.raises(SettingsError, match=f"^SETTING='{files.chain}': .*{reason}"):
        files.check("SETTING")
