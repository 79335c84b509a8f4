"""The metrics, through the real HTTP server."""

from __future__ import annotations

import pytest
from prometheus_client import Counter

from metrics_server import MetricsApplication
from tests.support.metrics import OPENMETRICS, PROMETHEUS, parse
from tests.support.raw_http import Answer
from tests.support.rsgi_server import serve

COUNTER = Counter("test_metrics_server_total", "Of this test.")


async def ask(
    path: bytes = b"/metrics",
    accept: str = "",
    host: bytes = b"localhost",
    method: bytes = b"GET",
) -> Answer:
    async with serve(MetricsApplication({"localhost"}).__rsgi__) as server:
        head = b"%b %b HTTP/1.1\r\nHost: %b\r\n%b\r\n"
        return await server.ask(
            head % (method, path, host, f"Accept: {accept}\r\n".encode() if accept else b"")
        )


@pytest.mark.parametrize("accept", [PROMETHEUS, f"{OPENMETRICS}; version=?"])
async def test_who_accepts_openmetrics_gets_it_with_exemplars(accept: str) -> None:
    COUNTER.inc(exemplar={"trace_id": "1f"})
    answer = await ask(accept=accept)
    assert answer.headers["Content-Type"].startswith(f"{OPENMETRICS}; version=1.0.0")
    samples = [sample for family in parse(answer.body.decode()) for sample in family.samples]
    [sample] = [sample for sample in samples if sample.name == "test_metrics_server_total"]
    assert sample.exemplar
    assert sample.exemplar.labels == {"trace_id": "1f"}


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain"])
async def test_others_get_text(accept: str) -> None:
    COUNTER.inc(exemplar={"trace_id": "1f"})
    answer = await ask(accept=accept)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"# TYPE test_metrics_server_total counter\n" in answer.body
    assert b"1f" not in answer.body


async def test_times_of_creation_are_left_out() -> None:
    for accept in ("", PROMETHEUS):
        assert b"_created" not in (await ask(accept=accept)).body


async def test_nothing_else_is_served() -> None:
    assert (await ask(path=b"/")).status == 404
    assert (await ask(method=b"POST")).status == 404
    assert (await ask(host=b"example.com")).status == 421
