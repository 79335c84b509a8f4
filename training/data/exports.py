"""Exports of a gateway's records: `GET /comments/export` of a running gateway, or a file of it.

The whole of an export ends with an empty line, so that one that was cut off is never taken for
complete.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import httpx
import msgspec

from training.data import labels
from training.errors import DataError

__all__ = [
    "GUARDED",
    "NOT_JSON",
    "Record",
    "check_end",
    "download",
    "in_batches",
    "is_url",
    "period",
    "read",
    "show",
]

_ROUTE = "/comments/export"
_TIMEOUT = httpx.Timeout(60, connect=10)
"""Seconds; the first without `connect` is the longest pause within an export."""
_LINE_MAX_BYTES = 1024 * 1024
"""A record has at most 5,000 characters, and a note of 1,000."""
_BATCH = 1_000
GUARDED = r"^'(?='*[=+\-@\t\r\n＝＋－＠])"
"""The apostrophe that the gateway puts before what a spreadsheet would take for a formula."""
_ANSWERED = ("comment_id", "timestamp", "sentiment", "score", "confidence", "model")
NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Correction(msgspec.Struct, gc=False):
    sentiment: str


class Record(msgspec.Struct, gc=False):
    """What training uses of a record. `corrected` is another form of `correction`, for files that
    people write. `score` has four decimals."""

    original_comment: str
    comment_id: str = ""
    timestamp: str = ""
    sentiment: str = ""
    score: str = ""
    confidence: str = ""
    model: str = ""
    corrected: str | None = None
    correction: _Correction | None = None

    @property
    def label(self) -> str:
        """The correction; empty if there is none."""
        return self.corrected or (self.correction.sentiment if self.correction else "")

    @property
    def is_exported(self) -> bool:
        """Whether it has what all exported records have, and corrections by hand need not."""
        return bool(self.model and self.comment_id)


_decode = msgspec.json.Decoder(Record).decode


def is_url(source: str) -> bool:
    """Whether the source is a gateway's address and not a file."""
    return source.lower().startswith(("http://", "https://"))


def show(text: str) -> str:
    """A text of strangers in one line that no terminal takes for a command."""
    return "".join(c if c.isprintable() else " " for c in text)


def period(since: str, until: str) -> str:
    """When records were made, to be added to their number; empty if nobody knows."""
    if not (since and until):
        return ""
    return f" at {show(since)}" if since == until else f" from {show(since)} to {show(until)}"


def download(url: str, token: str, file: IO[bytes]) -> Iterator[int]:
    """Write all corrected records of a gateway to a file, and yield 1 for each.

    Raises:
        DataError: the gateway cannot be reached or refuses, the export was cut off, or it has no
            records.
    """
    records = 0
    with _export(url, token, {"corrected": "true"}) as lines:
        for line in lines:
            _record(line, url)
            file.write(line + b"\n")
            records += 1
            yield 1
    file.write(b"\n")
    if not records:
        raise DataError(f"{url}: no record was corrected.")


def read(source: str, token: str = "") -> Iterator[Record]:
    """The records of an export, newest first, one at a time: JSON lines or CSV if it is a file.

    Raises:
        DataError: it cannot be read, or was cut off.
    """
    if is_url(source):
        with _export(source, token, {}) as lines:
            yield from (_record(line, source) for line in lines)
        return
    if "://" in source:
        raise DataError(f"{source}: neither a file nor an address with http:// or https://.")
    path = Path(source)
    try:
        with path.open("rb") as file:
            if file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
                check_end(path)
                file.seek(0)
                for line in file:
                    if line.strip():
                        yield _record(line.removeprefix(b"\xef\xbb\xbf"), source)
                return
    except FileNotFoundError:
        raise DataError(f"{source}: no such file.") from None
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror}.") from None
    yield from _csv(path)


def in_batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in batches, which a model reads faster."""
    each = iter(records)
    while batch := list(islice(each, _BATCH)):
        yield batch


def check_end(path: Path) -> None:
    """
    Raises:
        DataError: the export in a file has no empty line at its end.
    """
    with path.open("rb") as file:
        file.seek(-min(4, file.seek(0, 2)), 2)
        end = file.read().replace(b"\r", b"")
    if not end.endswith(b"\n\n") and end != b"\n":
        raise DataError(
            f"{path}: the export was cut off: a complete one ends with an empty line; "
            "add one if you edited it and nothing is missing."
        )


@contextmanager
def _export(url: str, token: str, query: Mapping[str, str]) -> Iterator[Iterator[bytes]]:
    """The lines of a gateway's export, without the last, which is empty. Raises DataError."""
    try:
        address = httpx.URL(url)
        if not address.host:
            raise DataError(f"{url}: not a URL: it has no host.")
        if address.userinfo:
            raise DataError("The URL has a password; give a token by --token-file instead.")
        if not address.path.endswith(_ROUTE):
            address = address.copy_with(path=address.path.rstrip("/") + _ROUTE)
        address = address.copy_merge_params({**query, "format": "jsonl"})
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with (
            httpx.Client(timeout=_TIMEOUT, headers=headers) as client,
            client.stream("GET", address) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise DataError(f"{url} answered {response.status_code}: {_detail(response)}")
            if "jsonl" not in response.headers.get("content-type", ""):
                raise DataError(f"{url}: the answer is no export of a gateway.")
            yield _lines(response, url)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise DataError(f"{url}: not a URL: {str(error).rstrip('.')}.") from None
    except (httpx.RemoteProtocolError, httpx.ReadError) as error:
        raise DataError(f"{url}: the export was cut off: {error}.") from None
    except httpx.HTTPError as error:
        reason = show(str(error)) or type(error).__name__
        raise DataError(f"{url}: cannot be reached: {reason}.") from None


def _lines(response: httpx.Response, url: str) -> Iterator[bytes]:
    rest, ended = b"", False
    for chunk in response.iter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LINE_MAX_BYTES:
            raise DataError(f"{url}: a line has more than {_LINE_MAX_BYTES:,} bytes.")
        for line in lines:
            ended = not line
            if line:
                yield line
    if rest or not ended:
        raise DataError(f"{url}: the export was cut off before its end.")


def _detail(response: httpx.Response) -> str:
    """The reason that a problem (RFC 9457) gives, or the status's."""
    try:
        problem = msgspec.json.decode(response.read()[:_LINE_MAX_BYTES])
        detail = str(problem["detail"])
    except (msgspec.MsgspecError, KeyError, TypeError, UnicodeDecodeError):
        detail = response.reason_phrase
    return show(detail)[:500]


def _record(line: bytes, source: str) -> Record:
    try:
        return _decode(line)
    except NOT_JSON as error:
        raise DataError(f"{source}: a line is not a record: {error}.") from None


def _csv(path: Path) -> Iterator[Record]:
    try:
        table = labels.read_table(path)
    except labels.UnclosedQuoteError:
        # Perhaps all that follows is missing as well.
        check_end(path)
        raise
    columns = ("original_comment", "sentiment", "score", "confidence", "model")
    labels.check_columns(table, columns, path)
    check_end(path)
    if "correction_sentiment" not in table:
        table = table.assign(correction_sentiment="")
    for row in table.to_dict("records"):
        text = re.sub(GUARDED, "", row["original_comment"])
        row = {str(name): str(cell) for name, cell in row.items()}
        fields = {name: row.get(name, "") for name in _ANSWERED}
        yield Record(text, **fields, corrected=row["correction_sentiment"] or None)
