"""The held-out part that no artifact ever trains on.

Which rows belong to it depends on their words alone, so it does not move with the order of the
rows, with other sources, or with another seed.
"""

import hashlib

import pandas as pd

__all__ = ["HELD_OUT", "near_duplicates", "test_rows", "training_rows"]

# How many rows of a source are held out; below 1 it is a share.
HELD_OUT: dict[str, float] = {"rotten_tomatoes": 1066, "imdb": 2500, "tweets": 0.1}

# Of a file of the user's a share too, but of few rows none: they would tell little, and are missed.
_OF_FILES = 0.1
_FEW = 200

# Copies of one text, cut short or continued, begin alike; ten words seldom do so by chance.
_OPENING = 10


def near_duplicates(words: pd.Series) -> pd.Series:
    """A key that is equal for texts (in the form of `cleaning.loose`) whose first ten words are."""
    return words.str.split(n=_OPENING).str[:_OPENING].str.join(" ")


def test_rows(table: pd.DataFrame) -> pd.Series:
    """Which rows of a cleaned table (columns words, source) are held out: of each source the
    groups of near-duplicates whose keys have the lowest SHA-256, up to the number in HELD_OUT; of
    files of the user's (`file:…`) with at least 200 rows 10 %, of other sources none.
    """
    keys = near_duplicates(table["words"])
    counts = table["source"].value_counts()
    files = [name for name in counts.index[counts >= _FEW] if name.startswith("file:")]
    chosen: set[tuple[str, str]] = set()
    for source, amount in (HELD_OUT | dict.fromkeys(sorted(files), _OF_FILES)).items():
        sizes = keys[table["source"] == source].value_counts()
        left = round(amount * sizes.sum()) if amount < 1 else int(amount)
        for key in sorted(sizes.index, key=_hash):
            # A group that is too large for what is left is passed over, not cut.
            if sizes[key] <= left:
                chosen.add((source, key))
                left -= sizes[key]
    rows = zip(table["source"], keys, strict=True)
    return pd.Series([row in chosen for row in rows], index=table.index, dtype=bool)


def training_rows(table: pd.DataFrame) -> pd.Series:
    """Which rows may be trained on: those that are no near-duplicates of a held-out row."""
    keys = near_duplicates(table["words"])
    return ~keys.isin(keys[test_rows(table)])


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
