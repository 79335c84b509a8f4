"""Operating a gateway: metrics, logs, shutdown and restart."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
from pathlib import Path

import httpx

from processes import free_port
from tests.support.api import post_comment
from tests.support.gateways import Gateway

COMMENT = {"comment": "a private word, loved it"}


def test_logs_are_json_and_hold_no_comments(tmp_path: Path) -> None:
    log = tmp_path / "log"
    no_bento = f"http://127.0.0.1:{free_port()}"
    with (
        log.open("wb") as output,
        Gateway(no_bento, output=output) as gateway,
    ):
        httpx.post(f"{gateway.url}/comments", json=COMMENT, headers={"X-Request-ID": "me-2"})
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    outage, failure = (line for line in lines if line["request_id"] == "me-2")
    assert (outage["level"], failure["level"]) == ("ERROR", "WARNING")
    assert "the model is out" in outage["message"]
    assert "503" in failure["message"]
    for line in lines:
        assert dt.datetime.fromisoformat(line["timestamp"]).utcoffset() == dt.timedelta(0)
        assert line["timestamp"].endswith("Z")
    assert COMMENT["comment"] not in log.read_text()


def test_a_comment_taken_while_draining_survives_the_restart(
    bento_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "comments.db"
    with (
        Gateway(bento_url, GATEWAY_SQLITE_PATH=path, GATEWAY_DRAIN_SECONDS=2) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        assert client.get("/readyz").status_code == 200
        os.kill(gateway.process.pid, signal.SIGTERM)
        while (ready := client.get("/readyz")).status_code == 200:
            pass
        assert ready.status_code == 503
        assert ready.headers["Connection"] == "close"
        record = post_comment(client, "late")
        assert gateway.process.stop() == 0
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=path) as gateway:
        again = httpx.get(f"{gateway.url}/comments/{record['comment_id']}")
        assert again.json() == record


def test_a_stop_whose_time_is_over_is_no_error(bento_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    head = b"POST /comments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with (
        log.open("wb") as output,
        Gateway(bento_url, output=output, GATEWAY_SHUTDOWN_SECONDS=0.2) as gateway,
        socket.create_connection(gateway.address) as slow,
    ):
        slow.sendall(head + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
        slow.recv(100)  # the gateway waits for the body
        assert gateway.process.stop() == 0
    assert log.read_text() == ""
