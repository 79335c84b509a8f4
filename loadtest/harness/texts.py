"""Real comments to load a service with."""

from __future__ import annotations

import csv
import itertools
import json
import random
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from loadtest.errors import LoadTestError
from processes import module

CACHE = Path(".data/cache")
FILE = CACHE / "loadtest-texts.txt"
MAX_CHARACTERS = 4_900  # of the 5,000 that a comment may have; a counter is appended

# Mostly short ones and some long: 200 characters on average.
MIX = {"tweets": 950, "rotten_tomatoes": 950, "imdb": 100}
SEED = 1


def ensure() -> Path:
    """A file of texts that no model was trained on, one a line, escaped as within a JSON string.

    Raises:
        LoadTestError: the data cannot be had.
    """
    if not FILE.exists():
        lines = [json.dumps(text)[1:-1] for text in mix(_held_out(), random.Random(SEED))]  # noqa: S311
        FILE.write_text("\n".join(lines) + "\n")
    return FILE


def read() -> list[str]:
    """The texts themselves."""
    return [json.loads(f'"{line}"') for line in ensure().read_text().splitlines()]


def bodies() -> Iterator[str]:
    """Bodies of `POST /comments` without end: the texts in turn, each with a number of its own."""
    name = uuid.uuid4().hex[:8]
    for number, line in enumerate(itertools.cycle(ensure().read_text().splitlines())):
        yield f'{{"comment":"{line} {name}-{number}"}}'


def mix(rows: list[tuple[str, str]], chance: random.Random) -> list[str]:
    """Texts of all sources in the proportions of MIX, shuffled.

    Args:
        rows: texts and their sources.
        chance: what chooses.
    """
    chosen = []
    for source, count in MIX.items():
        texts = [text for text, origin in rows if origin == source and len(text) <= MAX_CHARACTERS]
        chosen += chance.sample(texts, min(count, len(texts)))
    chance.shuffle(chosen)
    return chosen


def summary(texts: list[str]) -> dict[str, float]:
    """How many they are, and how long in characters."""
    lengths = [len(text) for text in texts]
    deciles = statistics.quantiles(lengths, n=10)
    return {
        "count": len(texts),
        "mean": round(statistics.mean(lengths)),
        "p10": round(deciles[0]),
        "p50": round(deciles[4]),
        "p90": round(deciles[8]),
        "max": max(lengths),
    }


def _held_out() -> list[tuple[str, str]]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        file = Path(folder, "holdout.csv")
        done = subprocess.run(  # noqa: S603 - our own command
            module("training", "holdout", "--output", str(file)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LoadTestError(f"no texts: {done.stderr.strip()}")
        with file.open(encoding="utf-8", newline="") as lines:
            return [(row["text"], row["source"]) for row in csv.DictReader(lines)]
