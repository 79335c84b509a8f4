"""The texts a service is loaded with."""

from __future__ import annotations

import random

from loadtest.harness import texts
from loadtest.harness.texts import MIX


def rows(each: int) -> list[tuple[str, str]]:
    return [(f"{source} {number}", source) for source in MIX for number in range(each)]


def test_sources_are_mixed_in_proportion() -> None:
    chosen = texts.mix(rows(1_000), random.Random(1))  # noqa: S311
    assert {source: sum(source in text for text in chosen) for source in MIX} == MIX
    assert len(set(chosen)) == len(chosen)
    assert chosen != sorted(chosen)


def test_texts_too_long_for_a_comment_are_left_out() -> None:
    long = ("x" * (texts.MAX_CHARACTERS + 1), "imdb")
    assert texts.mix([long, ("short", "imdb")], random.Random(1)) == ["short"]  # noqa: S311


def test_lengths_are_summed_up() -> None:
    summary = texts.summary(["x" * length for length in range(1, 101)])
    assert summary["count"] == 100
    assert summary["p10"] < summary["p50"] < summary["p90"] < summary["max"] == 100
