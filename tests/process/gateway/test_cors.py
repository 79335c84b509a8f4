"""Cross-origin requests to a running gateway."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from gateway.http.comprehend.protocols import CBOR, JSON, PATH, SERVICE
from tests.support.gateways import Gateway

ORIGIN = "https://www.example.com"
PATHS = [
    ("POST", "/comments"),
    ("POST", "/comments/batch"),
    ("GET", "/comments"),
    ("GET", "/comments/export"),
    ("GET", "/statistics"),
    ("PUT", "/comments/a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890/correction"),
    ("DELETE", "/comments/a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890"),
]


@pytest.fixture(scope="module")
def client(bento_url: str) -> Iterator[httpx.Client]:
    origins = f"http://localhost:5173, {ORIGIN}/"
    with (
        Gateway(bento_url, GATEWAY_CORS_ORIGINS=origins) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        yield client


def preflight(client: httpx.Client, method: str, path: str, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, idempotency-key, authorization",
    }
    return client.options(path, headers=headers)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_known_origin_may_use_every_route(client: httpx.Client, method: str, path: str) -> None:
    answer = preflight(client, method, path, ORIGIN)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "idempotency-key" in allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers
    request = client.request(method, path, headers={"Origin": ORIGIN}, json={"comment": "good"})
    assert request.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert request.headers["Vary"] == "Origin"
    assert "Location" in request.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Content-Type": JSON.media_type, "X-Amz-Target": f"{SERVICE}.DetectSentiment"}),
        (
            f"{PATH}DetectSentiment",
            {"Content-Type": CBOR.media_type, "Smithy-Protocol": "rpc-v2-cbor"},
        ),
    ],
    ids=["json", "cbor"],
)
def test_a_known_origin_may_use_the_routes_of_comprehend(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    # As @aws-sdk/client-comprehend sends them.
    sent = {*headers, "Authorization", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"}
    sent |= {"X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-User-Agent"}
    names = {name.lower() for name in sent}
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(sorted(names)),
    }
    answer = client.options(path, headers=asked)
    assert answer.status_code == 204
    assert names <= set(answer.headers["Access-Control-Allow-Headers"].lower().split(", "))
    protocol = JSON if path == "/" else CBOR
    body = protocol.encode({"Text": "good", "LanguageCode": "en"})
    request = client.post(path, content=body, headers={**headers, "Origin": ORIGIN})
    assert request.status_code == 200
    assert request.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_route_of_comprehend_names_its_method(client: httpx.Client) -> None:
    answer = client.options(f"{PATH}DetectSentiment")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "OPTIONS, POST")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_another_origin_is_not_told_that_it_may(
    client: httpx.Client, method: str, path: str
) -> None:
    for origin in ("https://evil.example", "null", "https://www.example.com.evil.example"):
        answer = preflight(client, method, path, origin)
        assert "Access-Control-Allow-Origin" not in answer.headers
        request = client.request(method, path, headers={"Origin": origin}, json={"comment": "ok"})
        assert "Access-Control-Allow-Origin" not in request.headers


def test_problems_can_be_read_by_the_page(client: httpx.Client) -> None:
    answer = client.post("/comments", json={"comment": ""}, headers={"Origin": ORIGIN})
    assert answer.status_code == 422
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_by_default_no_origin_is_known(bento_url: str) -> None:
    with Gateway(bento_url) as gateway, httpx.Client(base_url=gateway.url) as client:
        asked = preflight(client, "POST", "/comments", ORIGIN)
        assert "Access-Control-Allow-Origin" not in asked.headers
        answer = client.get("/comments", headers={"Origin": ORIGIN})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Vary" not in answer.headers
