"""Examples of what the gateway takes and gives, made of the examples of the fields."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from gateway.records import (
    ExplainedRecord,
    Explanation,
    NewComment,
    NewCorrection,
    Record,
    Span,
    with_correction,
)

__all__ = ["COMMENT", "CORRECTED", "CORRECTION", "EXPLAINED", "RECORD"]

T = TypeVar("T")


def _example(kind: type[T]) -> T:
    """Of a struct whose fields have examples, or defaults."""
    properties = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    given = {name: each["examples"][0] for name, each in properties.items() if "examples" in each}
    return msgspec.convert(given, kind)


def _explained(record: Record) -> ExplainedRecord:
    intercept, contributions = 0.13, {"fantastic": 2.52, "perfectly": 1.56}
    text = record.original_comment
    spans = [
        Span(text.index(word), text.index(word) + len(word), contribution)
        for word, contribution in contributions.items()
    ]
    logit = round(intercept + sum(contributions.values()), 2)
    fields: dict[str, Any] = msgspec.structs.asdict(record)
    return ExplainedRecord(**fields, explanation=Explanation(logit, intercept, spans))


COMMENT = _example(NewComment)
CORRECTION = _example(NewCorrection)
CORRECTED = _example(Record)
RECORD = with_correction(CORRECTED, None)
EXPLAINED = _explained(RECORD)
