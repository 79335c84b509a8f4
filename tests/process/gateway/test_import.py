"""`python -m gateway import` against a running gateway."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.http.access import tokens
from processes import module
from tests.support.gateways import Gateway


@pytest.fixture
def gateway(bento_url: str) -> Iterator[Gateway]:
    with Gateway(bento_url) as gateway:
        yield gateway


def run_import(
    file: Path, gateway: Gateway | str, *options: str
) -> subprocess.CompletedProcess[str]:
    url = gateway if isinstance(gateway, str) else gateway.url
    return subprocess.run(
        module("gateway", "import", str(file), "--url", url, *options),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def write_csv(path: Path, texts: list[str], column: str = "comment") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", column))
        writer.writerows(enumerate(texts))
    return path


def stored(gateway: Gateway) -> list[str]:
    text = httpx.get(f"{gateway.url}/comments/export", timeout=60).text
    return [json.loads(line)["original_comment"] for line in text.splitlines() if line]


def test_each_row_is_imported_once(gateway: Gateway, tmp_path: Path) -> None:
    texts = [f"comment {n}, with a comma\nand a line 👍" for n in range(1_234)]
    file = write_csv(tmp_path / "own.csv", texts)
    first = run_import(file, gateway)
    assert first.returncode == 0, first.stderr
    assert first.stdout == "1,234 new, 0 known, 0 refused\n"
    assert sorted(stored(gateway)) == sorted(texts)
    assert run_import(file, gateway).stdout == "0 new, 1,234 known, 0 refused\n"
    assert len(stored(gateway)) == len(texts)
    assert not file.with_name("own.csv.refused.csv").exists()


def test_an_export_is_taken_back_exactly(gateway: Gateway, tmp_path: Path) -> None:
    texts = ["=1+1", "'=1+1", "''@x", "'quoted'", "\ttab", "a,b\r\nc", ' "x" ', "a\x01", "＝1"]
    comments = [{"comment": text} for text in texts]
    httpx.post(f"{gateway.url}/comments/batch", json={"comments": comments})
    file = tmp_path / "export.csv"
    file.write_bytes(httpx.get(f"{gateway.url}/comments/export?format=csv").content)
    done = run_import(file, gateway, "--column", "original_comment")
    assert done.stdout == f"{len(texts)} new, 0 known, 0 refused\n", done.stderr
    assert sorted(stored(gateway)) == sorted(texts * 2)


def test_another_column_of_the_same_file_is_another_import(
    gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("title\tbody\nfine\tit works well\n")
    for column in ("title", "body"):
        done = run_import(file, gateway, "--delimiter", "tab", "--column", column)
        assert done.stdout == "1 new, 0 known, 0 refused\n", done.stderr
    again = run_import(file, gateway, "--delimiter", "tab", "--column", "body")
    assert again.stdout.startswith("0 new, 1 known")
    wrong = run_import(file, gateway, "--delimiter", ";;")
    assert "must be one character, or `tab`" in wrong.stderr
    assert sorted(stored(gateway)) == ["fine", "it works well"]


def test_refused_rows_go_to_a_file_with_their_reasons(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    rows = ["good", " ", "x" * 5_001, "bad"]
    file.write_text("".join(json.dumps({"body": text}) + "\n" for text in rows))
    done = run_import(file, gateway, "--column", "body")
    assert done.returncode == 1
    assert done.stdout.startswith("2 new, 0 known, 2 refused\n")
    with (tmp_path / "own.jsonl.refused.csv").open(newline="") as opened:
        refused = sorted(csv.DictReader(opened), key=lambda row: row["row"])
    assert [row["row"] for row in refused] == ["2", "3"]
    assert "blank" in refused[0]["reason"]
    assert "5,000" in refused[1]["reason"] or "5000" in refused[1]["reason"]
    assert sorted(stored(gateway)) == ["bad", "good"]


def test_odd_rows_do_not_end_the_import(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    odd = [
        '{"comment": "cut \\ud83d"}',
        json.dumps({"comment": "x" * 5 * 1024 * 1024}),
        '{"comment": null}',
        "{broken",
        '{"comment": "good", "x": ' + "[" * 200_000 + "]" * 200_000 + "}",
    ]
    file.write_text("\n".join(['{"comment": "first"}', *odd, '{"comment": "last"}\n']))
    done = run_import(file, gateway)
    assert done.stdout.startswith("2 new, 0 known, 5 refused\n"), done.stderr
    assert done.returncode == 1
    csv.field_size_limit(2**24)
    with (tmp_path / "own.jsonl.refused.csv").open(newline="") as opened:
        refused = {row["row"]: row for row in csv.DictReader(opened)}
    assert sorted(refused) == ["2", "3", "4", "5", "6"]
    assert refused["2"]["comment"] == "cut \\ud83d"
    assert sorted(stored(gateway)) == ["first", "last"]


def test_rows_in_another_encoding_are_refused_and_imported_with_it(
    gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_bytes("comment\ngood\ncafé\nbad\n".encode("latin-1"))
    done = run_import(file, gateway)
    assert done.returncode == 1
    assert done.stdout.startswith("2 new, 0 known, 1 refused\n")
    with (tmp_path / "own.csv.refused.csv").open(newline="") as opened:
        [refused] = csv.DictReader(opened)
    assert (refused["row"], refused["comment"]) == ("2", "caf\\xe9")
    assert "--encoding" in refused["reason"]
    done = run_import(file, gateway, "--encoding", "latin-1")
    assert done.stdout == "1 new, 2 known, 0 refused\n"
    assert sorted(stored(gateway)) == ["bad", "café", "good"]
    unknown = run_import(file, gateway, "--encoding", "latin-99")
    assert_ends_at_once(unknown, "--encoding: latin-99 is not known")
    elsewhere = run_import(file, f"{gateway.url}/comments")
    assert_ends_at_once(elsewhere, f"{gateway.url}/comments/comments/batch answered 404")


def test_a_killed_import_is_finished_by_the_next(gateway: Gateway, tmp_path: Path) -> None:
    texts = [f"comment {n}" for n in range(30_000)]
    file = write_csv(tmp_path / "own.csv", texts)
    importing = subprocess.Popen(
        module("gateway", "import", str(file), "--url", gateway.url), stderr=subprocess.DEVNULL
    )
    with httpx.Client(base_url=gateway.url, timeout=60) as client:
        while not client.get("/comments", params={"limit": 1}).json()["comments"]:
            assert importing.poll() is None
    importing.send_signal(signal.SIGKILL)
    importing.wait()
    assert 0 < len(stored(gateway)) < len(texts)
    done = run_import(file, gateway)
    assert done.returncode == 0, done.stderr
    assert sorted(stored(gateway)) == sorted(texts)


def test_a_rate_is_waited_for(bento_url: str, tmp_path: Path) -> None:
    token, line = tokens.new("importer", "submit")
    secret = tmp_path / "token"
    secret.write_text(f"{token}\n")
    file = write_csv(tmp_path / "own.csv", [f"comment {n}" for n in range(450)])
    # Fewer than a batch may have.
    with Gateway(bento_url, GATEWAY_TOKENS=f"{line} 100/s") as gateway:
        done = run_import(file, gateway, "--token-file", str(secret))
        assert done.stdout == "450 new, 0 known, 0 refused\n", done.stderr
        assert "may send 100" in done.stderr
        denied = run_import(file, gateway)
        assert denied.returncode == 2
        assert "401" in denied.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"text\ngood\n", "no column comment"),
        ("comment\ngood\n".encode("utf-16"), "--encoding"),
        (b"", "no column comment"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    gateway: Gateway, tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "own.csv"
    file.write_bytes(content)
    done = run_import(file, gateway)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def assert_ends_at_once(done: subprocess.CompletedProcess[str], reason: str) -> None:
    assert done.returncode == 2
    text = " ".join(done.stderr.split())
    assert reason in text
    assert "Traceback" not in text
    assert "Warning" not in text


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9 cannot be reached"),
        ("http://no.such.host.invalid", "cannot be reached"),
        ("localhost:8000", "must begin with http:// or https://"),
    ],
)
def test_an_address_that_cannot_be_reached(tmp_path: Path, url: str, reason: str) -> None:
    file = write_csv(tmp_path / "own.csv", [f"comment {n}" for n in range(6_000)])
    assert_ends_at_once(run_import(file, url), reason)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_for_refused_rows_must_be_new(gateway: Gateway, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "own.csv", ["good", " "])
    refused = tmp_path / "refused.csv"
    options = ("--refused", str(refused))
    refused.write_text("mine")
    assert_ends_at_once(run_import(file, gateway, *options), "refused.csv exists already")
    assert refused.read_text() == "mine"
    refused.unlink()
    assert run_import(file, gateway, *options).returncode == 1
    assert refused.read_text().startswith("row,reason,comment")
    nowhere = str(tmp_path / "none" / "refused.csv")
    assert_ends_at_once(run_import(file, gateway, "--refused", nowhere), "No such file")


@pytest.mark.parametrize("content", [b"one\ntwo\n", b"", b"\xff"])
def test_a_token_file_has_one_token(gateway: Gateway, tmp_path: Path, content: bytes) -> None:
    secret = tmp_path / "token"
    secret.write_bytes(content)
    file = write_csv(tmp_path / "own.csv", ["good"])
    assert_ends_at_once(
        run_import(file, gateway, "--token-file", str(secret)), f"--token-file: {secret}"
    )
