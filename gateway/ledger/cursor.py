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


def encode(position: Position, listing: object = "") -> str:
    """The cursor of a position in a listing, which `str(listing)` tells from others."""
    text = f"{position}#{_checksum(position, listing)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, listing: object = "") -> Position:
    """The inverse of `encode`.

    Raises:
        InvalidInputError: `encode` cannot have returned this string for this listing.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        match = _TEXT.fullmatch(text.decode("ascii"))
    except (binascii.Error, ValueError):
        match = None
    position = Position(match["timestamp"], match["comment_id"]) if match else None
    if not match or not position or match["checksum"] != _checksum(position, listing):
        raise InvalidInputError("cursor", "is not a cursor of a listing with these filters")
    return position


def _checksum(position: Position, listing: object) -> str:
    # Detects a cursor that was cut, mistyped, or given with other filters. It is not a secret and
    # protects none.
    told_apart = f"#{listing}" if str(listing) else ""
    return f"{zlib.crc32(f'{position}{told_apart}'.encode()):08x}"
