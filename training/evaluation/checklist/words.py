"""The words, templates and sentences of words.toml, and how they are combined."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

__all__ = ["BAD", "GOOD", "PEOPLE", "SENTENCES", "THINGS", "WORDS", "pairs"]

WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
THINGS, GOOD, BAD = WORDS["things"], WORDS["good"], WORDS["bad"]
SENTENCES, PEOPLE = WORDS["sentences"], WORDS["people"]


def pairs(cases: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Each variant with its original, so that a failure shows which change caused it."""
    return tuple((original, variant) for original, *variants in cases for variant in variants)
