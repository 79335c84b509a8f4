"""Real comments to load a service with."""

from __future__ import annotations

import csv
import itertools
import json
import random
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from loadtest.errors import LoadTestError
from loadtest.harness.quantiles import quantile
from processes import module

CACHE = Path(".data/cache")
FILE = CACHE / "loadtest-texts.txt"
# The gateway's limit: processes share only HTTP, so a test compares the copies.
COMMENT_MAX_CHARACTERS = 5_000
MAX_CHARACTERS = COMMENT_MAX_CHARACTERS - 100  # a counter is appended

# Mostly short texts and some long ones: 200 characters on average.
MIX = {"tweets": 950, "rotten_tomatoes": 950, "imdb": 100}
SEED = 1


def ensure() -> Path:
    """Make the file of texts, unless it exists: held-out texts that no model was trained on, one a
    line, escaped as within a JSON string.

    Raises:
        LoadTestError: the data cannot be had.
    """
    if not FILE.exists():
        lines = [json.dumps(text)[1:-1] for text in mix(_held_out(), random.Random(SEED))]  # noqa: S311
        FILE.write_text("\n".join(lines) + "\n")
    return FILE


def read() -> list[str]:
    """All texts of the file, unescaped."""
    return [json.loads(f'"{line}"') for line in ensure().read_text().splitlines()]


def bodies() -> Iterator[str]:
    """Endless bodies of `POST /comments`: the texts in turn, each with a number of its own."""
    run = uuid.uuid4().hex[:8]
    for number, line in enumerate(itertools.cycle(ensure().read_text().splitlines())):
        yield f'{{"comment":"{line} {run}-{number}"}}'


def mix(rows: list[tuple[str, str]], rng: random.Random) -> list[str]:
    """Choose texts of all sources in the proportions of MIX, and shuffle them.

    Args:
        rows: texts and their sources.
        rng: chooses and shuffles.
    """
    chosen = []
    for source, count in MIX.items():
        texts = [text for text, origin in rows if origin == source and len(text) <= MAX_CHARACTERS]
        chosen += rng.sample(texts, min(count, len(texts)))
    rng.shuffle(chosen)
    return chosen


def summary(texts: list[str]) -> dict[str, float]:
    """The number of texts, and their lengths in characters."""
    lengths = [len(text) for text in texts]
    return {
        "count": len(texts),
        "mean": round(sum(lengths) / len(lengths)),
        "p10": quantile(lengths, 0.1),
        "p50": quantile(lengths, 0.5),
        "p90": quantile(lengths, 0.9),
        "max": max(lengths),
    }


def _held_out() -> list[tuple[str, str]]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        file = Path(folder, "holdout.csv")
        export = subprocess.run(  # noqa: S603 - our own command
            module("training", "holdout", "--output", str(file)),
            capture_output=True,
            text=True,
            check=False,
        )
        if export.returncode:
            raise LoadTestError(f"no texts: {export.stderr.strip()}")
        with file.open(encoding="utf-8", newline="") as lines:
            return [(row["text"], row["source"]) for row in csv.DictReader(lines)]
