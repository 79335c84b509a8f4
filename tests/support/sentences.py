"""Labelled sentences made of few words: small data that a model can learn."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from training.data import cleaning
from training.data.corpus import COMMENTS

WORDS = {
    "positive": ["great", "lovely", "fantastic", "perfectly", "works", "loved", "😀", ":-)"],
    "negative": ["awful", "terrible", "broken", "hated", "worst", "crashes", "😡", ":-("],
    "neutral": ["monday", "report", "schedule", "arrives", "station", "listed"],
}
FILLERS = ["the", "a", "this", "movie", "phone", "it", "was", "is", "not", "and", "it's", "today!"]
SOURCES = {"tweets": list(WORDS), COMMENTS: list(WORDS), "imdb": ["positive", "negative"]}


def quiet(items: Iterable[Any], _description: str, _total: int) -> Iterable[Any]:
    """Pass the items through without showing progress."""
    return items


def sentences(
    mislabelled: float = 0.0, more_sources: Mapping[str, list[str]] | None = None
) -> pd.DataFrame:
    """A cleaned table with 240 rows of each source (columns text, label, source, words).

    Args:
        mislabelled: share of rows whose words are of a random class.
        more_sources: further sources with their labels.
    """
    rng = random.Random(1)  # noqa: S311
    rows = []
    for source, labels in (SOURCES | dict(more_sources or {})).items():
        for i in range(240):
            label = labels[i % len(labels)]
            kind = rng.choice(labels) if rng.random() < mislabelled else label
            words = rng.choices(WORDS[kind], k=3) + rng.choices(FILLERS, k=6)
            rng.shuffle(words)
            rows.append((" ".join(words), label, source))
    return cleaning.clean(pd.DataFrame(rows, columns=["text", "label", "source"]))
