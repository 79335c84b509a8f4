"""`GET /comments/export`: all records of a filter, streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.params import QueryParameter

from gateway.http import problems, query
from gateway.http.access import audit
from gateway.http.access.tokens import Role, Tokens
from gateway.http.disconnect import ClientDisconnectedError
from gateway.http.exchange import Exchange
from gateway.http.openapi import examples, refusals
from gateway.http.openapi.document import Description
from gateway.http.routes.records import (
    COLLECTION,
    ConfidenceFilter,
    CorrectedFilter,
    ModelFilter,
    SentimentFilter,
    Since,
    Until,
)
from gateway.http.rsgi import Scope
from gateway.ledger.cells import COLUMNS, CORRECTION, guard
from gateway.ledger.filters import Filter, Period
from gateway.ledger.service import Ledger
from gateway.records import Confidence, Digest, Record, Sentiment
from problem_details import unprocessable

PATH = f"{COLLECTION}/export"
END = b"\n"
"""A complete export ends with an empty line, which readers of both formats skip."""

Format = Literal["jsonl", "csv"]
_json = msgspec.json.Encoder()


class _Query(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"since": "from", "until": "to"}
):
    format: Format = "jsonl"
    sentiment: Sentiment | None = None
    confidence: Confidence | None = None
    model: Digest | None = None
    corrected: bool | None = None
    since: str | None = None
    until: str | None = None


class Export:
    """The RSGI application, since Litestar's answers are whole."""

    def __init__(self, ledger: Ledger, tokens: Tokens) -> None:
        self._ledger = ledger
        self._tokens = tokens

    async def __call__(self, exchange: Exchange, scope: Scope) -> None:
        exchange.route = PATH
        header = exchange.headers.get("authorization")
        caller = None
        try:
            caller = self._tokens.require(header, Role.READ, "exportComments")
            asked = query.read(scope.query_string, _Query)
            period = Period.parse(asked.since, asked.until)
            where = Filter(asked.sentiment, asked.confidence, asked.model, asked.corrected, period)
            parts = self._ledger.export(where)
            # Errors of the first part still get a status of their own.
            first = await anext(parts)
        except Exception as error:
            problem = problems.from_error(error)
            if caller and problems.is_unavailable(problem):
                self._tokens.give_back(caller)
            exchange.refuse(problem)
            return
        media_type, head, encode = FORMATS[asked.format]
        headers = (
            ("content-type", media_type),
            ("content-disposition", _disposition(asked.format)),
        )
        if scope.method == "HEAD":
            await parts.aclose()
            exchange.answer(HTTPStatus.OK, headers, b"")
            return
        audit.done(caller.name, "exportComments")
        try:
            async with exchange.stream(HTTPStatus.OK, headers) as stream:
                await stream.send(head + encode(first))
                async for part in parts:
                    await stream.send(encode(part))
                await stream.send(END)
        except ClientDisconnectedError:
            pass
        except Exception as error:
            # The status is sent; the export ends without its last line.
            problems.from_error(error)
        finally:
            await parts.aclose()


def _disposition(kind: Format) -> str:
    return f'attachment; filename="comments.{kind}"'


def encode_csv(records: Sequence[Record]) -> bytes:
    """The records as lines of CSV."""
    text = io.StringIO()
    # Without quotes a carriage return, which the writer ignores, ends a row for readers.
    rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    rows.writerows(map(_cells, records))
    return text.getvalue().encode()


def _cells(record: Record) -> list[str]:
    *answered, correction = msgspec.structs.astuple(record)
    said = ("",) * len(CORRECTION)
    if not isinstance(correction, msgspec.UnsetType):
        said = msgspec.structs.astuple(correction)
    return [*map(guard, (*answered, *said))]


FORMATS: dict[Format, tuple[str, bytes, Callable[[Sequence[Record]], bytes]]] = {
    "jsonl": ("application/jsonl", b"", _json.encode_lines),
    "csv": (
        "text/csv; charset=utf-8; header=present",
        f"{','.join(COLUMNS)}\n".encode(),
        encode_csv,
    ),
}


@get(
    PATH,
    operation_id="exportComments",
    summary="Export records, newest first",
    tags=["comments"],
    media_type="application/jsonl",
    response_description="A record a line, as JSON or CSV; at the end an empty line.",
    opt=Description(
        {
            200: {
                media_type.partition(";")[0]: (head + encode([examples.CORRECTED]) + END).decode()
                for media_type, head, encode in FORMATS.values()
            }
        },
        refusals.of_route(
            Role.READ,
            unprocessable("format", "must be one of csv, jsonl"),
        ),
        headers={"Content-Disposition": _disposition("jsonl")},
    ).options(),
)
async def export_comments(
    format: Annotated[  # noqa: A002 - the parameter's name
        Format,
        QueryParameter(
            description="`jsonl`: exact. `csv`: with a header; a cell that a spreadsheet would take"
            " for a formula begins with an apostrophe."
        ),
    ] = "jsonl",
    sentiment: SentimentFilter = None,
    confidence: ConfidenceFilter = None,
    model: ModelFilter = None,
    corrected: CorrectedFilter = None,
    since: Since = None,
    until: Until = None,
) -> str:
    """All records for which all filters hold. An export without the empty line at its end was cut
    off: the store failed, or the gateway ended."""
    # A declaration, from which the OpenAPI document derives. `Export` serves it.
    raise NotImplementedError
