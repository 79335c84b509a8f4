"""The figures that cluster tests measure, kept in a file."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(".data/cluster.jsonl")


def record(test: str, **figures: object) -> None:
    """Append a line of JSON with the figures of one test."""
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a") as file:
        file.write(json.dumps({"test": test, **figures}) + "\n")
