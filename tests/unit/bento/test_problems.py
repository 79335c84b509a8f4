"""The guard in front of every POST, and problems as RFC 9457 has them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bento.problems import MAX_BODY, Guard, ProblemError, problem_response

JSON = {"Content-Type": "application/json; charset=utf-8"}


def no_x(body: bytes) -> None:
    if b"x" in body:
        raise ProblemError(422, "text has an x.", ("text", "has an x"))


async def echo(request: Request) -> Response:
    return Response(await request.body())


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route(path, echo, methods=["GET", "POST"]) for path in ("/a", "/b")])
    transport = httpx.ASGITransport(Guard(app, checks={"/a": no_x}))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_good_body_passes_unchanged(client: httpx.AsyncClient) -> None:
    largest = b"y" * MAX_BODY
    assert (await client.post("/a", content=largest, headers=JSON)).content == largest
    assert (await client.post("/b", content=b"x", headers=JSON)).content == b"x"
    assert (await client.get("/a")).status_code == 200


async def test_a_body_is_counted_as_it_comes(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 1):
            yield b"y" * 1024

    assert (await client.post("/a", content=chunks(), headers=JSON)).status_code == 413
    claimed = JSON | {"Content-Length": "9" * 5_000}
    assert (await client.post("/a", content=b"y", headers=claimed)).status_code == 200


async def test_other_content_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/a", content=b"y")).status_code == 415
    assert (await client.post("/a", data={"a": "b"})).status_code == 415


async def test_the_check_of_a_path_refuses(client: httpx.AsyncClient) -> None:
    response = await client.post("/a", content=b"x", headers=JSON)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "text has an x.",
        "errors": [{"field": "text", "detail": "has an x"}],
    }


def test_a_problem_without_fields_has_no_errors() -> None:
    assert b"errors" not in bytes(problem_response(ProblemError(400, "no")).body)
