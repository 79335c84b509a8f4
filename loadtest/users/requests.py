"""The requests of users: comments that all differ, and requests that must be refused."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence

from loadtest.harness.texts import COMMENT_MAX_CHARACTERS

REFUSALS = frozenset({400, 413, 415, 422})

BAD = {
    "blank": b'{"comment": " \\n "}',
    "too long": json.dumps({"comment": "x" * (COMMENT_MAX_CHARACTERS + 1)}).encode(),
    "NUL": b'{"comment": "a\\u0000b"}',
    "no text": b'{"comment": 5}',
    "no comment": b"{}",
    "no JSON": b'{"comment": "never ends',
}


BATCH = 5
"""Comments of a batch."""
FILTERS = ("", "&sentiment=negative", "&confidence=low", "&corrected=true")


def comprehend_headers(token: str) -> dict[str, str]:
    """Those of a client of Amazon Comprehend whose access key id is the token."""
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "Comprehend_20171127.DetectSentiment",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={token or 'none'}/20250101/-/-/aws4_request",
    }


def comments(texts: Sequence[str], run: str, worker: int, workers: int) -> Iterator[str]:
    """Endless texts, none of them twice in a run: each ends with a number of its own.

    Args:
        texts: used in turns.
        run: a unique name of the run.
        worker: the number of this worker, from 0; each uses its own part of the texts.
        workers: how many there are.
    """
    own = texts[worker % workers :: workers] or texts
    for number, text in enumerate(itertools.cycle(own)):
        yield f"{text} {run}-{worker}-{number}"
