"""The rows of a file of comments, read one at a time: a large file needs no more memory than a
small one."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from gateway.ledger.cells import COLUMNS, unguard
from gateway.records import COMMENT_MAX_CHARACTERS

__all__ = ["COLUMN", "DELIMITER", "ENCODING", "ImportFailedError", "Row", "digest", "read_rows"]

_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that cannot be decoded, as PEP 383 has it."""
NOT_DECODED = "not decoded"
HINT = "if the file has another encoding, give it as --encoding"
CHUNK_BYTES = 1024 * 1024
ENCODING = "utf-8"
COLUMN = "comment"
DELIMITER = ","
MAX_CHARACTERS = 10 * 1024 * 1024
"""Of a cell of CSV and of a line of JSON."""


class ImportFailedError(Exception):
    """The file cannot be read, or the gateway does not take it; the text says which."""


class Row(NamedTuple):
    """A row of the file, counted from 1 without the header."""

    number: int
    text: str
    fault: str = ""
    """Why it holds no comment that could be sent; empty: it does."""


def digest(path: Path, column: str = COLUMN, report: Callable[[int], None] = lambda _: None) -> str:
    """The SHA-256 of a file and, unless it has the usual name, of the column whose comments are
    imported.

    Args:
        path: of the file.
        column: its name.
        report: called with the number of bytes of each part that was read.

    Raises:
        ImportFailedError: the file cannot be read.
    """
    sha256 = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                sha256.update(chunk)
                report(len(chunk))
    except OSError as error:
        raise ImportFailedError(f"{path}: {error.strerror}") from None
    if column != COLUMN:
        sha256.update(f"\0{column}".encode())
    return sha256.hexdigest()


def read_rows(
    path: Path,
    column: str,
    *,
    json_lines: bool,
    encoding: str = ENCODING,
    delimiter: str = DELIMITER,
) -> Iterator[Row]:
    """The comments of a file: a column of a CSV file with a header, whose cells the `delimiter`
    separates, or a member of each line of JSON that is not blank. From a CSV file with the header
    of an export the comments come as they were recorded.

    Raises:
        ImportFailedError: the file cannot be read, or has no such column. What is wrong with one
            row is its `fault`.
    """
    csv.field_size_limit(MAX_CHARACTERS)
    try:
        # UTF-8 with or without the mark that Excel begins it with.
        codec = "utf-8-sig" if codecs.lookup(encoding).name == ENCODING else encoding
        # Bytes of another encoding stay in the text, and are a fault of their row.
        with path.open(encoding=codec, errors="surrogateescape", newline="") as file:
            rows = _json_rows(file, column) if json_lines else _csv_rows(file, column, delimiter)
            for number, (text, fault) in enumerate(rows, 1):
                if fault == NOT_DECODED:
                    text, fault = _shown(text), f"is not {encoding}; {HINT}"
                yield Row(number, text, fault or _fault(text))
    except LookupError:
        raise ImportFailedError(f"--encoding: {encoding} is not known") from None
    except UnicodeError as error:
        raise ImportFailedError(f"{path}: is not {encoding} ({error}); {HINT}") from None
    except OSError as error:
        raise ImportFailedError(f"{path}: {error.strerror}") from None
    except (csv.Error, ValueError) as error:
        raise ImportFailedError(f"{path}: {error}") from None


def _shown(text: str) -> str:
    """The text with each byte of another encoding as `\\xff`."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _fault(text: str) -> str:
    """Of a text that no request can carry, or that is too long to be worth one. The gateway judges
    all others."""
    if len(text) > COMMENT_MAX_CHARACTERS:
        return f"has {len(text):,} characters, more than {COMMENT_MAX_CHARACTERS:,}"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "has half of a surrogate pair, which is not a character"
    return ""


def _csv_rows(file: TextIO, column: str, delimiter: str) -> Iterator[tuple[str, str]]:
    """The text of each row, and its fault."""
    # Otherwise a quote that is never closed would make the rest of the file one comment.
    reader = csv.reader(file, strict=True, delimiter=delimiter)
    header = next(reader, [])
    if header.count(column) != 1:
        found = "more than one column" if column in header else "no column"
        names = ", ".join(header) or "none"
        is_decoded = not _BYTE.search(names) and "\0" not in names
        separated = f" (separated by {delimiter!r}; --delimiter takes another)"
        hint = separated if is_decoded else f"; {HINT}"
        raise ValueError(f"there is {found} {column}; its columns are: {_shown(names)}{hint}")
    place = header.index(column)
    read = unguard if tuple(header) == COLUMNS else str
    while True:
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num > before + 1:
                # Where the next row begins is not known.
                raise ValueError(
                    f"the row of line {before + 1}: {error}; is a quote missing?"
                ) from None
            yield "", f"cannot be read: {error}"
            continue
        if not cells:
            continue  # a blank line
        text = read(cells[place]) if place < len(cells) else ""
        fault = NOT_DECODED if _BYTE.search(text) else ""
        if any(cells[len(header) :]):
            fault = (
                f"has {len(cells)} cells, but the header has {len(header)};"
                " a cell with a comma needs quotes"
            )
        yield text, fault


def _json_rows(file: TextIO, column: str) -> Iterator[tuple[str, str]]:
    """The text of each row, and its fault."""
    is_first = True
    while line := file.readline(MAX_CHARACTERS):
        if is_first and line.lstrip().startswith("["):
            raise ValueError("is one JSON array, not JSON lines; jq -c '.[]' makes them of it")
        is_first = is_first and not line.strip()
        if len(line) == MAX_CHARACTERS and not line.endswith(("\n", "\r")):
            while (rest := file.readline(MAX_CHARACTERS)) and not rest.endswith(("\n", "\r")):
                pass
            yield "", f"is a line of more than {MAX_CHARACTERS:,} characters"
            continue
        if not line.strip():
            continue
        line = line.rstrip("\r\n")
        if _BYTE.search(line):
            yield line[:COMMENT_MAX_CHARACTERS], NOT_DECODED
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield line[:COMMENT_MAX_CHARACTERS], "is not JSON, or nested too deeply"
            continue
        text = row.get(column) if isinstance(row, dict) else None
        if isinstance(text, str):
            yield text, ""
        else:
            yield line[:COMMENT_MAX_CHARACTERS], f"has no text {column}"
