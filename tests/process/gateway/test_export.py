"""`GET /comments/export` of a running gateway."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sqlite3
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pandas as pd
import pytest

from gateway.ledger.service import MAX_EXPORTS
from tests.support.gateways import Gateway

TLS = ssl.create_default_context()  # httpx makes one for each call otherwise, in 10 ms
TEXTS = [
    "I love it",
    'quotes "here", commas,\nand lines\r\nof two kinds',
    '=HYPERLINK("https://evil.example")',
    "+1 would buy again",
    "-5",
    "@everybody",
    "\tindented",
    "＝1+1",
    "émojis 👍",
    "don't",
    "'=1+1",
    "''@",
    "'quoted'",
    "a\x01\x1f",
    "Nice product\r=cmd|' /C calc'!A0",
]


@pytest.fixture(scope="module")
def gateway(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    path = tmp_path_factory.mktemp("store") / "comments.db"
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=path) as gateway:
        comments = [{"comment": text} for text in TEXTS]
        answer = httpx.post(f"{gateway.url}/comments/batch", json={"comments": comments})
        first = answer.json()["outcomes"][0]["record"]["comment_id"]
        correction = {"sentiment": "neutral", "note": "=1"}
        httpx.put(f"{gateway.url}/comments/{first}/correction", json=correction)
        yield gateway


def listed(gateway: Gateway) -> list[dict[str, object]]:
    records: list[dict[str, object]] = httpx.get(f"{gateway.url}/comments").json()["comments"]
    assert len(records) == len(TEXTS)
    return records


def test_json_lines_are_the_records_exactly(gateway: Gateway) -> None:
    response = httpx.get(f"{gateway.url}/comments/export")
    assert response.headers["Content-Type"] == "application/jsonl"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.text.endswith("}\n\n")
    assert [json.loads(line) for line in response.text.splitlines() if line] == listed(gateway)


def test_head_is_answered_like_get(gateway: Gateway) -> None:
    url = f"{gateway.url}/comments/export?format="
    for format_ in ("csv", "jsonl"):
        head, get = httpx.head(url + format_), httpx.get(url + format_)
        assert head.status_code == 200
        for name in ("Content-Type", "Content-Disposition", "Cache-Control"):
            assert head.headers[name] == get.headers[name]
        assert "Content-Length" not in head.headers
    assert httpx.head(url + "xml").status_code == 422


def test_pandas_reads_json_lines(gateway: Gateway) -> None:
    text = httpx.get(f"{gateway.url}/comments/export").text
    table = pd.read_json(io.StringIO(text), lines=True, dtype=False)
    assert list(table["original_comment"]) == [
        record["original_comment"] for record in listed(gateway)
    ]
    assert table["correction"].notna().sum() == 1


def test_csv_guards_against_formulas(gateway: Gateway) -> None:
    response = httpx.get(f"{gateway.url}/comments/export", params={"format": "csv"})
    assert response.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert response.text.endswith("\n\n")
    for row, record in zip(rows, listed(gateway), strict=True):
        text = str(record["original_comment"])
        guarded = text.lstrip("'")[:1] in "=+-@\t＝"
        assert row["original_comment"] == ("'" if guarded else "") + text
        assert row["score"] == record["score"]
    assert [row["correction_note"] for row in rows if row["correction_sentiment"]] == ["'=1"]


def test_pandas_reads_csv(gateway: Gateway) -> None:
    text = httpx.get(f"{gateway.url}/comments/export", params={"format": "csv"}).text
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for name in ("comment_id", "model"):
        assert list(table[name]) == [record[name] for record in listed(gateway)]


def test_filters_hold(gateway: Gateway) -> None:
    query = {"corrected": "true"}
    [line, end] = httpx.get(f"{gateway.url}/comments/export", params=query).text.split("\n")[:2]
    assert json.loads(line)["correction"]["sentiment"] == "neutral"
    assert end == ""


def test_exports_at_once_are_all_complete(gateway: Gateway) -> None:
    # A descriptor that is closed twice may by then be another client's connection.
    url = f"{gateway.url}/comments/export?to=2000-01-01T00:00:00Z"

    def export(_: int) -> tuple[int, str]:
        answer = httpx.get(url, timeout=30, verify=TLS)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(MAX_EXPORTS // 2) as threads:
        answers = set(threads.map(export, range(3_000)))
    assert answers == {(200, "\n")}


def test_an_export_that_is_cut_off_lacks_its_end(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=path) as gateway:
        comments = [{"comment": f"{n} " + "x" * 4_900} for n in range(500)]
        for _ in range(30):
            httpx.post(f"{gateway.url}/comments/batch", json={"comments": comments}, timeout=60)
        with httpx.stream("GET", f"{gateway.url}/comments/export", timeout=30) as response:
            chunks = response.iter_bytes()
            received = next(chunks)
            # The store breaks while the client reads.
            with sqlite3.connect(path) as connection:
                connection.execute("DROP TABLE comments")
            connection.close()
            for chunk in chunks:
                received += chunk
        assert not received.endswith(b"\n\n")


def test_memory_stays_bounded_with_a_client_that_does_not_read(
    bento_url: str, tmp_path: Path
) -> None:
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway:
        comments = [{"comment": f"{n} " + "y" * 4_900} for n in range(500)]
        for _ in range(30):
            httpx.post(f"{gateway.url}/comments/batch", json={"comments": comments}, timeout=60)
        before = resident(gateway.process.pid)
        with httpx.stream("GET", f"{gateway.url}/comments/export", timeout=30) as response:
            chunks = response.iter_bytes()
            size = len(next(chunks))
            held = resident(gateway.process.pid)
            size += sum(len(chunk) for chunk in chunks)
        assert size > 70_000_000
        assert held - before < 40_000_000
        assert resident(gateway.process.pid) - before < 60_000_000


def resident(pid: int) -> int:
    """Bytes of memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(pid)


def test_a_gateway_that_is_asked_to_end_finishes_the_export(bento_url: str, tmp_path: Path) -> None:
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway:
        comments = [{"comment": f"{n} " + "z" * 4_900} for n in range(500)]
        for _ in range(6):
            httpx.post(f"{gateway.url}/comments/batch", json={"comments": comments}, timeout=60)
        with httpx.stream("GET", f"{gateway.url}/comments/export", timeout=30) as response:
            chunks = response.iter_bytes()
            received = next(chunks)
            os.kill(gateway.process.pid, signal.SIGTERM)
            received += b"".join(chunks)
        assert received.endswith(b"}\n\n")
        assert received.count(b"\n") == 3_001
