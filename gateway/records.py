"""Comments and their records, as the gateway accepts, stores and returns them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from gateway.errors import InvalidInputError

COMMENT_MAX_CHARACTERS = 5_000
BATCH_MAX_COMMENTS = 500
PAGE_MAX_RECORDS = 100
PAGE_DEFAULT_RECORDS = 20
# Of JSON. A page ends earlier than its limit rather than exceed it.
PAGE_MAX_BYTES = 1_000_000
NOTE_MAX_CHARACTERS = 1_000
# Both ends hold in Python, where `$` alone would allow a newline after it, and in ECMAScript, whose
# patterns OpenAPI has.
_END = r"$(?!\n)"
# The digest of an artifact.
MODEL_PATTERN = rf"^sha256:[0-9a-f]{{64}}{_END}"
KEY_MAX_CHARACTERS = 255
# Printable ASCII, without blanks around it, which HTTP drops from a header's value.
KEY_PATTERN = f"^[!-~]([ -~]*[!-~])?{_END}"
KEY_RULE = f"must have 1 to {KEY_MAX_CHARACTERS} printable ASCII characters"

Sentiment = Literal["positive", "negative", "neutral"]
Confidence = Literal["high", "medium", "low"]
Digest = Annotated[
    str,
    msgspec.Meta(
        pattern=MODEL_PATTERN,
        extra={"rule": "must be sha256: and 64 hexadecimal digits in lower case"},
    ),
]


class NewComment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of `POST /comments`."""

    comment: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=COMMENT_MAX_CHARACTERS,
            description="The text, counted in Unicode code points. Not blank, no NUL.",
            examples=["This is a fantastic project and it works perfectly!"],
        ),
    ]

    def __post_init__(self) -> None:
        # Rules that the schema cannot express.
        if "\0" in self.comment:
            raise InvalidInputError("comment", "must not contain the NUL character")
        if not any(c.isprintable() and not c.isspace() for c in self.comment):
            raise InvalidInputError("comment", "must not be blank")


class NewCorrection(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of `PUT /comments/{comment_id}/correction`."""

    sentiment: Annotated[
        Sentiment, msgspec.Meta(description="What the comment says.", examples=["negative"])
    ]
    note: Annotated[
        str,
        msgspec.Meta(max_length=NOTE_MAX_CHARACTERS, description="Why.", examples=["irony"]),
    ] = ""

    def __post_init__(self) -> None:
        if "\0" in self.note:
            raise InvalidInputError("note", "must not contain the NUL character")


class Correction(msgspec.Struct, frozen=True):
    """What a person says of a record."""

    sentiment: Annotated[Sentiment, msgspec.Meta(examples=["negative"])]
    note: Annotated[str, msgspec.Meta(examples=["irony"])]
    by: Annotated[
        str, msgspec.Meta(description="The name of the caller's token.", examples=["moderation"])
    ]
    at: Annotated[
        str, msgspec.Meta(description="As `timestamp`.", examples=["2025-10-26T08:00:00.000Z"])
    ]


class Record(msgspec.Struct, frozen=True):
    """One classified comment, exactly as it is stored and answered."""

    comment_id: Annotated[
        str,
        msgspec.Meta(
            description="A UUID, the record's key.",
            examples=["a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890"],
        ),
    ]
    timestamp: Annotated[
        str,
        msgspec.Meta(
            description="When it was classified: UTC, RFC 3339, milliseconds.",
            examples=["2025-10-25T19:30:00.123Z"],
        ),
    ]
    original_comment: Annotated[
        str,
        msgspec.Meta(
            description="The comment, exactly as it was posted.",
            examples=["This is a fantastic project and it works perfectly!"],
        ),
    ]
    sentiment: Annotated[Sentiment, msgspec.Meta(examples=["positive"])]
    score: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[01]\.\d{4}$",
            description="The probability of that sentiment, 0 to 1, with four decimals.",
            examples=["0.9987"],
        ),
    ]
    confidence: Annotated[Confidence, msgspec.Meta(examples=["high"])]
    model: Annotated[
        str,
        msgspec.Meta(
            description="The digest of the artifact that answered.",
            examples=["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    correction: Annotated[
        Correction | msgspec.UnsetType,
        msgspec.Meta(
            description="Only of records that a person corrected.",
            examples=[
                {
                    "sentiment": "negative",
                    "note": "irony",
                    "by": "moderation",
                    "at": "2025-10-26T08:00:00.000Z",
                }
            ],
        ),
    ] = msgspec.UNSET


ANSWERED = Record.__struct_fields__[:-1]
"""The fields that are written with the record, and never again."""


class Span(msgspec.Struct, frozen=True):
    """A word of the comment and its contribution to the model's decision."""

    start: Annotated[int, msgspec.Meta(ge=0, description="In Unicode code points.", examples=[10])]
    end: Annotated[int, msgspec.Meta(ge=0, description="After the last one.", examples=[19])]
    contribution: Annotated[
        float,
        msgspec.Meta(description="To the logit; above 0 for positive.", examples=[1.37]),
    ]


class Explanation(msgspec.Struct, frozen=True):
    """Why positive rather than negative. The contributions and the intercept sum to the logit."""

    logit: Annotated[float, msgspec.Meta(examples=[4.21])]
    intercept: Annotated[float, msgspec.Meta(examples=[0.13])]
    spans: Annotated[list[Span], msgspec.Meta(description="The largest contribution first.")]


class ExplainedRecord(Record, frozen=True, kw_only=True):
    """A record with an explanation, which is made for the answer and not stored."""

    explanation: Annotated[
        Explanation | None,
        msgspec.Meta(description="null if the model gave no explanation in time."),
    ] = None


class Entry(msgspec.Struct, frozen=True):
    """A record as a store keeps it, with fields that clients do not get."""

    record: Record
    body_hash: str | None = None
    """SHA-256 of the comment in hexadecimal, if it came with an idempotency key."""
    expires_at: int | None = None
    """When the record expires, in seconds since 1970; None: never."""

    def expired(self, now: float) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Page(msgspec.Struct, frozen=True):
    """Records, newest first, and the cursor of the next page."""

    comments: list[Record]
    next_cursor: Annotated[
        str | None,
        msgspec.Meta(
            description="Pass it as `cursor` for the following page; null when this is the last.",
            examples=[
                "MjAyNS0xMC0yNVQxOTozMDowMC4xMjNaI2ExYjJjM2Q0LWU1ZjYtNzg5MC1hMWIy"
                "LWMzZDRlNWY2Nzg5MCM2MTczYWFlMQ"
            ],
        ),
    ] = None


def with_correction(record: Record, correction: Correction | None) -> Record:
    """The record with this correction, or without one."""
    value = msgspec.UNSET if correction is None else correction
    return msgspec.structs.replace(record, correction=value)


def is_same(present: Correction | msgspec.UnsetType, given: Correction | None) -> bool:
    """Whether a correction says nothing new: who gave it when does not matter."""
    if isinstance(present, msgspec.UnsetType) or given is None:
        return isinstance(present, msgspec.UnsetType) and given is None
    return (present.sentiment, present.note) == (given.sentiment, given.note)


def timestamp(moment: dt.datetime) -> str:
    """A moment in the form of records: `2025-10-25T19:30:00.123Z`."""
    utc = moment.astimezone(dt.UTC)
    return utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def utc_now() -> str:
    """The time in the form of records."""
    return timestamp(dt.datetime.now(dt.UTC))
