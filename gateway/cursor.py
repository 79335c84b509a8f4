"""Cursors: the end of a page of records, as an opaque string that clients pass back."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import msgspec

from gateway.errors import InvalidInputError
from gateway.records import Record

CURSOR_MAX_CHARACTERS = 200

_TEXT = re.compile(
    r"(?P<timestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"
    r"#(?P<comment_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"#(?P<checksum>[0-9a-f]{8})"
)


class Position(msgspec.Struct, frozen=True, order=True):
    """A record's place in the order of listings: by timestamp, then id."""

    timestamp: str
    comment_id: str

    @classmethod
    def of(cls, record: Record) -> Position:
        return cls(record.timestamp, record.comment_id)

    def __str__(self) -> str:
        """Sorts as the position itself, since both parts have a fixed width."""
        return f"{self.timestamp}#{self.comment_id}"


def encode(position: Position) -> str:
    text = f"{position}#{_checksum(position)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """The inverse of `encode`.

    Raises:
        InvalidInputError: `encode` cannot have returned this string.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        match = _TEXT.fullmatch(text.decode("ascii"))
    except (binascii.Error, ValueError):
        match = None
    position = Position(match["timestamp"], match["comment_id"]) if match else None
    if not match or not position or match["checksum"] != _checksum(position):
        raise InvalidInputError("cursor", "is not a cursor of a listing")
    return position


def _checksum(position: Position) -> str:
    # Detects a cursor that was cut or mistyped. It is not a secret and protects none.
    return f"{zlib.crc32(str(position).encode()):08x}"
