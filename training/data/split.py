"""The split into training rows and the held-out part, which no artifact trains on.

Whether a row is held out depends on its words alone, so the held-out part does not change with the
order of the rows, with other sources or with a seed.
"""

import hashlib
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.data.corpus import UNSEEN, UNSEEN_POSTS

__all__ = [
    "FEEDBACK",
    "HELD_OUT",
    "domains",
    "is_held_out_correction",
    "near_duplicates",
    "test_rows",
    "training_rows",
]

# Number of rows of a source that are held out; a share if below 1.
HELD_OUT: dict[str, float] = {
    "rotten_tomatoes": 1066,
    "imdb": 2500,
    "tweets": 0.1,
    UNSEEN: math.inf,
    UNSEEN_POSTS: math.inf,
}

FEEDBACK = "feedback"
"""The source of users' corrections, and the domain of those that are held out."""

# Share of the users' corrections that is held out.
_FEEDBACK_SHARE = 0.1

# Share of a user's file that is held out. Small files are used for training only: a tenth of them
# would measure little and be missed in training.
_FILE_SHARE = 0.1
_MIN_FILE_ROWS = 200

# Truncated or continued copies of a text share its first words; ten are rarely equal by chance.
_KEY_WORDS = 10


def near_duplicates(words: pd.Series) -> pd.Series:
    """A key for each text (in the form of `cleaning.loose`): its first ten words."""
    return words.map(_key)


def test_rows(table: pd.DataFrame) -> pd.Series:
    """Whether each row of a cleaned table (columns words, source) is held out.

    Of each source the groups of near-duplicates whose keys have the lowest SHA-256 are held out, up
    to the number in HELD_OUT; of the user's files (`file:…`) with at least 200 rows 10 %; of other
    sources none. Of corrections, which grow from one training to the next, those groups are held
    out whose SHA-256 is among the lowest tenth of all there can be: none ever moves.
    """
    keys = near_duplicates(table["words"])
    counts = table["source"].value_counts()
    files = [name for name in counts.index[counts >= _MIN_FILE_ROWS] if name.startswith("file:")]
    chosen: set[tuple[str, str]] = set()
    for source, amount in (HELD_OUT | dict.fromkeys(sorted(files), _FILE_SHARE)).items():
        sizes = keys[table["source"] == source].value_counts()
        left = round(amount * sizes.sum()) if amount < 1 else amount
        for key in sorted(sizes.index, key=_hash):
            # A group that exceeds the rest is skipped, not split.
            if sizes[key] <= left:
                chosen.add((source, key))
                left -= sizes[key]
    corrected = keys[table["source"] == FEEDBACK].unique()
    chosen |= {(FEEDBACK, key) for key in corrected if _is_low(key)}
    rows = zip(table["source"], keys, strict=True)
    return pd.Series([row in chosen for row in rows], index=table.index, dtype=bool)


def training_rows(table: pd.DataFrame) -> pd.Series:
    """Whether each row may be trained on, as it is not a near-duplicate of a held-out row."""
    keys = near_duplicates(table["words"])
    return ~keys.isin(keys[test_rows(table)])


def domains(test: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """The domains that are measured: name → whether each held-out row (columns label, source)
    belongs to it. They are the sources, the user's files (`file:…`) last; a source with neutral
    rows is followed by the same source without them."""
    masks = {}
    polar = (test["label"] != "neutral").to_numpy(dtype=bool)
    for source in sorted(
        test["source"].unique(), key=lambda name: (name.startswith("file:"), name)
    ):
        rows = (test["source"] == source).to_numpy(dtype=bool)
        masks[source] = rows
        if not polar[rows].all() and polar[rows].any():
            masks[f"{source}, without neutral"] = rows & polar
    return masks


def is_held_out_correction(words: str) -> bool:
    """Whether a correction of a text with these words is measured, and never trained on."""
    return _is_low(_key(words))


def _key(words: str) -> str:
    return " ".join(words.split(maxsplit=_KEY_WORDS)[:_KEY_WORDS])


def _is_low(key: str) -> bool:
    return int(_hash(key)[:8], 16) < _FEEDBACK_SHARE * 16**8


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
