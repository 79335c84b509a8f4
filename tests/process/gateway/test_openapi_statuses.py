"""Each status that the OpenAPI document has for an operation is one that the gateway answers with:
with the documented headers and, where it is the same everywhere, the documented problem."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx
import pytest

from gateway.http import app
from gateway.http.access import tokens
from gateway.http.routes import batch
from processes import free_port
from tests.support.gateways import Gateway

PATHS = json.loads(app.describe())["paths"]
JSON = {"Content-Type": "application/json"}
AWS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}
SECONDS = 0.5


class Case(NamedTuple):
    """An operation and one of its statuses."""

    path: str
    method: str
    operation: Any
    status: str

    @property
    def body(self) -> bytes:
        content = self.operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE)
        return json.dumps(content["example"]).encode() if content else b""

    @property
    def name(self) -> str:
        return f"{self.operation['operationId']}-{self.status}"


JSON_TYPE = JSON["Content-Type"]
CASES = [
    Case(path, method.upper(), operation, status)
    for path, operations in PATHS.items()
    for method, operation in operations.items()
    for status in operation["responses"]
]


class Gateways(NamedTuple):
    """One that works, one with tokens, and two whose store is gone or does not answer."""

    open: Gateway
    closed: Gateway
    down: Gateway
    hanging: Gateway
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def gateways(bento_url: str) -> Iterator[Gateways]:
    made = {}
    lines = []
    names = {"admin": "admin", "submit": "submit", "read": "read"}
    rated = {case.operation["operationId"]: "admin" for case in CASES}
    for name, role in (names | rated).items():
        made[name], line = tokens.new(name, role)
        lines.append(line + (" 2/min" if name in rated else ""))
    settings: dict[str, Any] = {"GATEWAY_REQUEST_SECONDS": SECONDS}
    dynamodb = settings | {"DYNAMODB_TABLE_NAME": "none"} | AWS
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Gateway(bento_url, **settings) as open_,
        Gateway(bento_url, GATEWAY_TOKENS="\n".join(lines)) as closed,
        Gateway(bento_url, **dynamodb, AWS_ENDPOINT_URL_DYNAMODB=at(free_port())) as down,
        Gateway(
            bento_url,
            **dynamodb,
            AWS_ENDPOINT_URL_DYNAMODB=at(silent.getsockname()[1]),
            GATEWAY_MAX_REQUESTS=1,
            # Otherwise it would soon refuse comments in advance.
            GATEWAY_MAX_QUEUE_SECONDS=9,
        ) as hanging,
    ):
        yield Gateways(open_, closed, down, hanging, made)


def at(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def send(
    gateway: Gateway,
    case: Case,
    query: str = "",
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] = {},
) -> httpx.Response:
    """The operation's own example, with these changes. Its record exists where one can."""
    path = case.path
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        if "{comment_id}" in path:
            made = client.post("/comments", json={"comment": "good"})
            known = made.json().get("comment_id", "a1b2c3d4-e5f6-4890-a1b2-c3d4e5f67890")
            path = path.format(comment_id=known)
        content = case.body if body is None else body
        sent = (JSON if case.body else {}) | dict(headers)
        return client.request(case.method, path + query, content=content, headers=sent)


def send_raw(gateway: Gateway, case: Case, headers: str) -> httpx.Response:
    """The operation with headers that a client would not send, and no body."""
    path = case.path.format(comment_id="a1b2c3d4-e5f6-4890-a1b2-c3d4e5f67890")
    with socket.create_connection(gateway.address, timeout=30) as connection:
        connection.sendall(f"{case.method} {path} HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        head, _, content = connection.makefile("rb").read().partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=fields, content=content)


def authorized(gateways: Gateways, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateways.tokens[name]}"}


def known_key(gateways: Gateways, case: Case) -> httpx.Response:
    if case.operation["operationId"] == "postComment":
        send(gateways.open, case, headers={"Idempotency-Key": "once"})
        return send(gateways.open, case, headers={"Idempotency-Key": "once"})
    return send(gateways.open, case)


def unknown_record(gateways: Gateways, case: Case) -> httpx.Response:
    path = case.path.format(comment_id="a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890")
    return send(gateways.open, case._replace(path=path))


def another_role(gateways: Gateways, case: Case) -> httpx.Response:
    name = "read" if case.method != "GET" else "submit"
    return send(gateways.closed, case, headers=authorized(gateways, name))


def too_many(gateways: Gateways, case: Case) -> httpx.Response:
    """The third request of a minute is refused. Of five, three are in one minute, even if a minute
    ends between them."""
    token = authorized(gateways, case.operation["operationId"])
    for _ in range(5):
        answer = send(gateways.closed, case, headers=token)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            break
    return answer


def unavailable(gateways: Gateways, case: Case) -> httpx.Response:
    if case.path != batch.PATH:
        return send(gateways.down, case)
    # Of a store that is down, each comment of a batch tells for itself.
    with ThreadPoolExecutor() as pool:
        for _ in range(4):
            answers = [pool.submit(send, gateways.hanging, case) for _ in range(4)]
            for answer in answers:
                if answer.result().status_code == 503:
                    return answer.result()
    pytest.fail("the gateway takes any number of requests")


def too_long(gateways: Gateways, case: Case) -> httpx.Response:
    return send(gateways.open, case, body=b" " * (batch.BODY_MAX_BYTES + 1))


def too_slow(gateways: Gateways, case: Case) -> httpx.Response:
    head = f"Host: localhost\r\nContent-Type: {JSON_TYPE}\r\nContent-Length: 20"
    return send_raw(gateways.open, case, head)


HOW: dict[str, Callable[[Gateways, Case], httpx.Response]] = {
    "200": known_key,
    "201": lambda gateways, case: send(gateways.open, case),
    "204": lambda gateways, case: send(gateways.open, case),
    "400": lambda gateways, case: send_raw(gateways.open, case, "Host: a\r\nHost: b"),
    "401": lambda gateways, case: send(gateways.closed, case),
    "403": another_role,
    "404": unknown_record,
    "408": too_slow,
    "413": too_long,
    "415": lambda gateways, case: send(gateways.open, case, headers={"Content-Type": "text/plain"}),
    "421": lambda gateways, case: send(gateways.open, case, headers={"Host": "evil.example"}),
    "422": lambda gateways, case: send(gateways.open, case, "?limits=1"),
    "429": too_many,
    "503": unavailable,
    "504": lambda gateways, case: send(gateways.hanging, case),
}
SAME_EVERYWHERE = {"400", "401", "404", "413", "415", "421", "422"}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_documented_status_is_answered(gateways: Gateways, case: Case) -> None:
    answer = HOW[case.status](gateways, case)
    assert answer.status_code == int(case.status), answer.text
    assert_documented(answer, case)


@pytest.mark.parametrize("case", [c for c in CASES if c.body and c.status == "400"])
def test_a_body_that_is_no_json_is_documented(gateways: Gateways, case: Case) -> None:
    assert_documented(send(gateways.open, case, body=b"{"), case)


def assert_documented(answer: httpx.Response, case: Case) -> None:
    documented = case.operation["responses"][case.status]
    for name, header in documented["headers"].items():
        assert name in answer.headers or not header["required"], name
    if not documented.get("content"):
        assert answer.content == b""
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    content = documented["content"][media_type]
    if case.status in SAME_EVERYWHERE:
        assert answer.json() in [each["value"] for each in content["examples"].values()]
