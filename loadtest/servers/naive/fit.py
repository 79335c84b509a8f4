"""Fits the classic recipe to the data that `training` uses: once, then it is kept as arrays."""

from __future__ import annotations

import pandas as pd

from loadtest.servers.naive import recipe
from training.data.sources import DATASETS


def ensure() -> None:
    """Fit and keep it, unless that was done.

    Raises:
        training.errors.DataError: the data cannot be had.
    """
    if recipe.FILE.exists():
        return
    table = pd.concat([data.load(recipe.FILE.parent) for data in DATASETS], ignore_index=True)
    # The classic recipe knows two classes.
    table = table[table["label"] != "neutral"]
    recipe.save(recipe.pipeline().fit(table["text"], table["label"]))
