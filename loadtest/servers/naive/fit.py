"""Fits the classic recipe, once, to the data that `training` uses, and keeps it as arrays."""

from __future__ import annotations

import pandas as pd

from loadtest.errors import LoadTestError
from loadtest.servers.naive import recipe
from training.data.sources import DATASETS
from training.errors import DataError


def ensure() -> None:
    """Fit and keep the recipe, unless that was done before.

    Raises:
        LoadTestError: the data cannot be had.
    """
    if recipe.FILE.exists():
        return
    try:
        tables = [data.load(recipe.FILE.parent) for data in DATASETS]
    except DataError as error:
        raise LoadTestError(str(error)) from None
    table = pd.concat(tables, ignore_index=True)
    # The classic recipe knows two classes.
    table = table[table["label"] != "neutral"]
    recipe.save(recipe.pipeline().fit(table["text"], table["label"]))
