"""The Bento's own spans."""

from __future__ import annotations

from http import HTTPStatus

import httpx
import pytest

from tests.support.otlp import Receiver
from tests.support.traces import Sender

SECRET = "an unmistakable sentence"  # noqa: S105


@pytest.mark.parametrize("path", ["/classify", "/explain", "/sentiment"])
def test_a_request_has_a_span(traced_bento: str, traces: Receiver, path: str) -> None:
    sender = Sender()
    body = {"text": SECRET} if path == "/sentiment" else {"texts": [SECRET, SECRET]}
    answer = httpx.post(traced_bento + path, json=body, headers=sender.headers)
    [span] = traces.wait_for(trace_id=sender.trace_id)
    assert (span.service, span.name, span.kind) == ("valence-bento", f"POST {path}", "server")
    assert (span.parent_id, span.tracestate) == (sender.span_id, "ingress=1")
    assert span.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": HTTPStatus.OK,
        "http.route": path,
        "url.path": path,
        "url.scheme": "http",
    } | (
        {"valence.batch.size": 2, "valence.model.digest": answer.json()["model"]}
        if path != "/sentiment"
        else {}
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name"),
    [
        ("POST", "/classify", "[]", 422, "POST /classify"),
        ("GET", "/classify", "", 405, "GET /classify"),
        ("GET", f"/{SECRET}", "", 404, "GET"),
        ("UNMISTAKABLE", "/model", "", 405, "HTTP /model"),
    ],
)
def test_a_request_that_is_refused_has_a_span(
    traced_bento: str, traces: Receiver, method: str, path: str, body: str, status: int, name: str
) -> None:
    sender = Sender()
    headers = {"Content-Type": "application/json", **sender.headers}
    answer = httpx.request(method, traced_bento + path, content=body, headers=headers)
    assert answer.status_code == status
    [span] = traces.wait_for(trace_id=sender.trace_id)
    assert (span.name, span.failed) == (name, False)
    assert span.attributes["http.response.status_code"] == status
    assert not any(b"nmistakable" in sent.lower() for sent in traces.bodies)


def test_what_is_not_sampled_and_probes_have_none(traced_bento: str, traces: Receiver) -> None:
    senders = [Sender(sampled=False), Sender(), Sender()]
    for sender, path in zip(senders, ("/model", "/livez", "/readyz"), strict=True):
        assert httpx.get(traced_bento + path, headers=sender.headers).is_success
    last = Sender()
    httpx.get(f"{traced_bento}/model", headers=last.headers)
    traces.wait_for(trace_id=last.trace_id)
    ids = {span.trace_id for span in traces.spans()}
    assert not ids & {sender.trace_id for sender in senders}
