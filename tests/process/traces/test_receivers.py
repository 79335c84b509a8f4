"""Receivers that fail, the end of a gateway with traces, and the ids in its log."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from processes import free_port, module
from tests.process.traces.conftest import SOON
from tests.support.api import list_ids, post_comment
from tests.support.gateways import Gateway
from tests.support.otlp import receiver
from tests.support.traces import Sender

NEVER: dict[str, Any] = {"OTEL_BSP_SCHEDULE_DELAY": "3600000"}


def test_an_end_sends_what_is_left(bento_url: str) -> None:
    with receiver() as traces:
        variables: dict[str, Any] = {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url, **NEVER}
        with Gateway(bento_url, **variables) as gateway, client_of(gateway) as client:
            post_comment(client, "x")
            assert traces.requests == 0
        assert {span.name for span in traces.spans()} >= {"POST /comments", "INSERT comments"}


@pytest.mark.parametrize("fault", ["missing", "hung"])
def test_a_receiver_that_fails_costs_no_comment(bento_url: str, tmp_path: Path, fault: str) -> None:
    log = tmp_path / "log"
    with receiver() as traces, log.open("wb") as output:
        traces.open.clear()
        url = traces.url if fault == "hung" else f"http://127.0.0.1:{free_port()}"
        # So small that the queue is full at once.
        small: dict[str, Any] = {
            "OTEL_BSP_MAX_QUEUE_SIZE": "2",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
        }
        variables: dict[str, Any] = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, **SOON, **small}
        if fault == "missing":
            variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = "0.1"
        with (
            Gateway(bento_url, output=output, **variables) as gateway,
            client_of(gateway) as client,
        ):
            ids = [post_comment(client, f"number {n}")["comment_id"] for n in range(20)]
            assert {*list_ids(client, 20)} == {*ids}
            assert gateway.process.stop() == 0
    if fault == "missing":
        [line] = (json.loads(line) for line in log.read_text().splitlines())
        assert line["message"].startswith("spans are lost: [Errno 111] Connection refused; ")


def test_log_lines_have_the_ids_of_the_span(tmp_path: Path) -> None:
    log = tmp_path / "log"
    nobody = f"http://127.0.0.1:{free_port()}"
    sampled, other = Sender(), Sender(sampled=False)
    with receiver() as traces, log.open("wb") as output:
        variables: dict[str, Any] = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
            **SOON,
            "GATEWAY_AUDIT": "all",
        }
        with Gateway(nobody, output=output, **variables) as gateway, client_of(gateway) as client:
            for sender in (sampled, other):
                client.get("/comments/export", headers=sender.headers)
        [request] = traces.wait_for(trace_id=sampled.trace_id, kind="server")
    first, second = (json.loads(line) for line in log.read_text().splitlines())
    assert (first["trace_id"], first["span_id"]) == (request.trace_id, request.span_id)
    assert not {"trace_id", "span_id"} & second.keys()


def test_without_traces_log_lines_have_the_ids_of_the_senders_span(tmp_path: Path) -> None:
    log = tmp_path / "log"
    nobody = f"http://127.0.0.1:{free_port()}"
    senders = [Sender(), Sender(sampled=False)]
    with (
        log.open("wb") as output,
        Gateway(nobody, output=output) as gateway,
        client_of(gateway) as client,
    ):
        for sender in senders:
            client.get("/comments/export", headers=sender.headers)
    first, second = (json.loads(line) for line in log.read_text().splitlines())
    assert (first["trace_id"], first["span_id"]) == (senders[0].trace_id, senders[0].span_id)
    assert not {"trace_id", "span_id"} & second.keys()


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_a_wrong_variable_ends_the_start(part: str) -> None:
    name = "OTEL_EXPORTER_OTLP_TIMEOUT"
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", name: "soon"}
    done = subprocess.run(module(part), env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == f"{part}: {name}='soon': must be a number\n"


def client_of(gateway: Gateway) -> httpx.Client:
    return httpx.Client(base_url=gateway.url, timeout=30)
