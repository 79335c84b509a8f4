"""Labelled sentences made of few words: small data that a model can learn."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from training.data import cleaning

WORDS = {
    "positive": ["great", "lovely", "fantastic", "perfectly", "works", "loved", "😀", ":-)"],
    "negative": ["awful", "terrible", "broken", "hated", "worst", "crashes", "😡", ":-("],
    "neutral": ["monday", "report", "schedule", "arrives", "station", "listed"],
}
FILLING = ["the", "a", "this", "movie", "phone", "it", "was", "is", "and", "it's", "today!"]
SOURCES = {"tweets": list(WORDS), "imdb": ["positive", "negative"]}


def quiet(items: Iterable[Any], _what: str, _how_many: int) -> Iterable[Any]:
    """Pass the items through and show nothing."""
    return items


def sentences(
    mislabelled: float = 0.0, more: Mapping[str, list[str]] | None = None
) -> pd.DataFrame:
    """A cleaned table of 240 rows of each source (columns text, label, source, words); `more` are
    further sources with their labels, `mislabelled` the share of rows with words of any class."""
    chance = random.Random(1)  # noqa: S311
    made = []
    for source, labels in (SOURCES | dict(more or {})).items():
        for i in range(240):
            label = labels[i % len(labels)]
            kind = chance.choice(labels) if chance.random() < mislabelled else label
            words = chance.choices(WORDS[kind], k=3) + chance.choices(FILLING, k=6)
            chance.shuffle(words)
            made.append((" ".join(words), label, source))
    return cleaning.clean(pd.DataFrame(made, columns=["text", "label", "source"]))
