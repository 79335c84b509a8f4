"""Exports from a gateway and from files: complete, or an error in one line."""

import io
import json
import socketserver
import threading
from pathlib import Path

import pytest

from tests.support.scripted import Asked, Says, scripted
from training.data import exports
from training.errors import DataError

RECORD = {
    "comment_id": "a1",
    "timestamp": "2025-10-25T19:30:00.123Z",
    "original_comment": "two\nlines",
    "sentiment": "positive",
    "score": "0.9000",
    "confidence": "high",
    "model": "sha256:1",
}
CORRECTED = {**RECORD, "correction": {"sentiment": "negative", "note": ""}}
LINES = f"{json.dumps(CORRECTED)}\n{json.dumps(RECORD)}\n\n"
CSV = (
    "comment_id,timestamp,original_comment,sentiment,score,confidence,model,correction_sentiment\n"
    "a1,2025-10-25T19:30:00.123Z,'=good,positive,0.9000,high,sha256:1,negative\n\n"
)
JSON_LINES = {"Content-Type": "application/jsonl"}


def download(url: str, token: str = "") -> bytes:
    file = io.BytesIO()
    list(exports.download(url, token, file))
    return file.getvalue()


def test_an_export_is_asked_for_and_taken_as_it_is() -> None:
    asked: list[Asked] = []

    def script(request: Asked) -> Says:
        asked.append(request)
        return Says(200, LINES, JSON_LINES)

    with scripted(script) as url:
        assert download(url, "secret").decode() == LINES
        assert [each.label for each in exports.read(f"{url}/below/", "secret")] == ["negative", ""]
        download(f"{url}/comments/export?model=sha256%3A1&format=csv")
    assert [each.path for each in asked] == [
        "/comments/export?corrected=true&format=jsonl",
        "/below/comments/export?format=jsonl",
        "/comments/export?model=sha256%3A1&format=jsonl&corrected=true",
    ]
    assert [each.headers.get("authorization") for each in asked] == ["Bearer secret"] * 2 + [None]


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (Says(200, LINES[:-1], JSON_LINES), "the export was cut off before its end."),
        (Says(200, LINES[:-9], JSON_LINES), "the export was cut off before its end."),
        (Says(200, "", JSON_LINES), "the export was cut off before its end."),
        (Says(200, "\n", JSON_LINES), "no record was corrected."),
        (Says(200, "{}\n\n", JSON_LINES), "a line is not a record: Object missing required"),
        (Says(200, "hello", {"Content-Type": "text/html"}), "the answer is no export of a gateway"),
        (Says(403, {"detail": "the role\x1b[2J read is needed"}), " 403: the role [2J read is"),
        (Says(308, "", {"Location": "https://example.org/"}), " 308: Permanent Redirect"),
    ],
)
def test_what_is_no_complete_export_is_refused(says: Says, message: str) -> None:
    with scripted(lambda _: says) as url, pytest.raises(DataError) as caught:
        download(url)
    assert str(caught.value).startswith(url)
    assert message in str(caught.value)


def test_a_connection_that_breaks_is_a_cut_off_export() -> None:
    class Breaks(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n"
            body = f"{len(LINES):x}\r\n{LINES}\r\n"
            self.wfile.write(f"{head}Transfer-Encoding: chunked\r\n\r\n{body}".encode())

    with socketserver.TCPServer(("127.0.0.1", 0), Breaks) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(DataError, match="the export was cut off: peer closed connection"):
            download(f"http://127.0.0.1:{server.server_address[1]}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1: cannot be reached: "),
        ("http://127.0.0.1:x", "not a URL"),
        ("http://", "not a URL: it has no host."),
        ("http://me:secret@127.0.0.1:1", "give a token by --token-file"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(url: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        download(url)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_files_of_both_formats_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text(LINES)
    first, second = exports.read(str(path))
    assert (first.original_comment, first.label, second.label) == ("two\nlines", "negative", "")
    assert (first.comment_id, first.score, first.confidence) == ("a1", "0.9000", "high")
    path.write_text(CSV)
    [row] = exports.read(str(path))
    assert (row.original_comment, row.label, row.score) == ("=good", "negative", "0.9000")
    assert (row.comment_id, row.model) == ("a1", "sha256:1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINES[:-1], "the export was cut off"),
        (CSV[:-1], "the export was cut off"),
        (f"{LINES[:-9]}\n\n", "a line is not a record"),
        (CSV.replace("'=good,", '"good,'), "cannot be read as CSV: .*EOF inside string"),
        (CSV.replace("'=good,", '"good,')[:-1], "the export was cut off"),
        ("text,label\ngood,1\n", "no column 'original_comment'"),
        ("", "the file is empty"),
    ],
)
def test_files_that_were_cut_off_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "export"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        list(exports.read(str(path)))


def test_an_address_of_another_protocol_is_no_missing_file() -> None:
    with pytest.raises(DataError, match="neither a file nor an address with http://"):
        list(exports.read("ftp://127.0.0.1/export"))
