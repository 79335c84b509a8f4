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
