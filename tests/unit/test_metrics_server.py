"""The metrics, through the real HTTP server."""

from __future__ import annotations

import pytest
from prometheus_client import Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from metrics_server import MetricsApplication
from tests.support.rsgi_server import Answer, serve

COUNTER = Counter("test_metrics_server_total", "Of this test.")
# As Prometheus 2.42 sends it.
PROMETHEUS = (
    b"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    b"text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


async def ask(
    path: bytes = b"/metrics",
    accept: bytes = b"",
    host: bytes = b"localhost",
    method: bytes = b"GET",
) -> Answer:
    async with serve(MetricsApplication({"localhost"}).__rsgi__) as server:
        head = b"%b %b HTTP/1.1\r\nHost: %b\r\n%b\r\n"
        return await server.ask(
            head % (method, path, host, b"Accept: %b\r\n" % accept if accept else b"")
        )


@pytest.mark.parametrize("accept", [PROMETHEUS, b"application/openmetrics-text; version=nonsense"])
async def test_who_accepts_openmetrics_gets_it_with_exemplars(accept: bytes) -> None:
    COUNTER.inc(exemplar={"trace_id": "1f"})
    answer = await ask(accept=accept)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = [*text_string_to_metric_families(answer.body.decode())]
    [sample] = [s for f in families for s in f.samples if s.name == "test_metrics_server_total"]
    assert sample.exemplar
    assert sample.exemplar.labels == {"trace_id": "1f"}


@pytest.mark.parametrize("accept", [b"", b"*/*", b"text/plain"])
async def test_others_get_text(accept: bytes) -> None:
    COUNTER.inc(exemplar={"trace_id": "1f"})
    answer = await ask(accept=accept)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert b"# TYPE test_metrics_server_total counter\n" in answer.body
    assert b"1f" not in answer.body


async def test_times_of_creation_are_left_out() -> None:
    for accept in (b"", PROMETHEUS):
        assert b"_created" not in (await ask(accept=accept)).body


async def test_nothing_else_is_served() -> None:
    assert (await ask(path=b"/")).status == 404
    assert (await ask(method=b"POST")).status == 404
    assert (await ask(host=b"example.com")).status == 421
