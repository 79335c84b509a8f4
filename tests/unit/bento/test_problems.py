"""The guard in front of every POST."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bento import problems
from bento.problems import BODY_MAX_BYTES, Guard, LocalHostGuard
from problem_details import unprocessable

JSON = {"Content-Type": "application/json; charset=utf-8"}


PATHS = {"/a": "POST", "/b": "POST", "/c": "GET"}


def no_x(body: bytes) -> None:
    if b"x" in body:
        raise unprocessable("text", "must have no x")


async def echo(request: Request) -> Response:
    return Response(await request.body())


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(
        routes=[
            Route(path, echo, methods=["GET", "POST"]) for path in ("/a", "/b", "/c", "/hidden")
        ]
    )
    transport = httpx.ASGITransport(Guard(app, checks={"/a": no_x}, paths=PATHS))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_good_body_passes_unchanged(client: httpx.AsyncClient) -> None:
    largest = b"y" * BODY_MAX_BYTES
    assert (await client.post("/a", content=largest, headers=JSON)).content == largest
    assert (await client.post("/b", content=b"x", headers=JSON)).content == b"x"
    assert (await client.get("/c")).status_code == 200


async def test_a_body_is_counted_as_it_comes(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_MAX_BYTES // 1024 + 1):
            yield b"y" * 1024

    assert (await client.post("/a", content=chunks(), headers=JSON)).status_code == 413
    claimed = JSON | {"Content-Length": "9" * 5_000}
    assert (await client.post("/a", content=b"y", headers=claimed)).status_code == 413


async def test_other_content_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/a", content=b"y")).status_code == 415
    assert (await client.post("/a", data={"a": "b"})).status_code == 415


async def test_the_check_of_a_path_refuses(client: httpx.AsyncClient) -> None:
    response = await client.post("/a", content=b"x", headers=JSON)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
        "status": 422,
        "detail": "text: must have no x",
        "errors": [{"field": "text", "detail": "must have no x"}],
    }


async def test_only_known_routes_are_served(client: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/hidden", 404), ("GET", "/a", 405), ("POST", "/c", 405)):
        response = await client.request(method, path, json={})
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


async def test_a_compressed_body_is_refused_by_name(client: httpx.AsyncClient) -> None:
    response = await client.post("/a", content=b"y", headers=JSON | {"Content-Encoding": "gzip"})
    assert response.status_code == 415
    assert response.json()["errors"][0]["field"] == "Content-Encoding"


async def test_a_slow_body_is_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "BODY_SECONDS", 0.05)

    async def never_ends() -> AsyncIterator[bytes]:
        yield b"y"
        await asyncio.Event().wait()

    assert (await client.post("/a", content=never_ends(), headers=JSON)).status_code == 408


async def test_only_this_machine_is_served() -> None:
    app = LocalHostGuard(Starlette(routes=[Route("/", echo)]), "127.0.0.1")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/")).status_code == 200
        for hosts in ([b"evil.example"], [b"evil\xff"], [b"localhost", b"localhost"]):
            answer = await client.get("/", headers=[(b"Host", host) for host in hosts])
            assert answer.status_code == 421
            assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("codings", [["identity", "gzip"], ["gzip", "identity"]])
async def test_every_header_counts(client: httpx.AsyncClient, codings: list[str]) -> None:
    headers = [*JSON.items(), *(("Content-Encoding", coding) for coding in codings)]
    assert (await client.post("/b", content=b"y", headers=headers)).status_code == 415
