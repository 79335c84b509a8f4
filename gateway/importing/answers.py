"""A gateway's answer to a batch, as far as the import needs it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

MAX_WAIT_SECONDS = 120.0
DETAIL_MAX_CHARACTERS = 500

_QUOTA = re.compile(r";\s*q=(\d{1,9})\b")


class Answer(NamedTuple):
    """An answer, or that there was none."""

    status: int
    """0: there was none."""
    detail: str
    outcomes: list[dict[str, Any]] = []  # noqa: RUF012 - never changed
    """Of a batch that was taken; empty if they cannot be read."""
    wait: float = 0.0
    """Seconds for which the gateway asks."""
    rate: int | None = None
    """Rows that the token may ever send at once; None if the answer does not say."""
    seconds: float = 0.0
    """How long it took until there was none."""

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], content: bytes) -> Self:
        """The answer of an HTTP response."""
        try:
            document = json.loads(content)
        except ValueError:
            document = None
        document = document if isinstance(document, dict) else {}
        # RateLimit-Policy: draft-ietf-httpapi-ratelimit-headers-10.
        quota = _QUOTA.search(headers.get("RateLimit-Policy", ""))
        return cls(
            status,
            str(document.get("detail") or content[:DETAIL_MAX_CHARACTERS].decode(errors="replace")),
            document.get("outcomes", []),
            _seconds(headers.get("Retry-After", "")),
            max(1, int(quota[1])) if quota else None,
        )


def _seconds(text: str) -> float:
    return min(float(text), MAX_WAIT_SECONDS) if text.isdecimal() else 0.0
