"""Cleaning: repairs texts, and drops rows that would teach the model nothing or something wrong."""

import re

import ftfy
import pandas as pd

from bento.model.reading.cleaning import clean as plain
from bento.model.reading.tokens import fold

__all__ = ["clean", "loose", "repair"]

_NOISE = re.compile(r"https?://\S*|www\.\S+|@\w+|<[^<>]*>|\brt\b")
_NON_WORD = re.compile(r"[\W_]+")


def loose(text: str) -> str:
    """The words of a text alone, which stay the same when it is copied, quoted or retweeted.

    >>> loose("RT @you: So GOOD!! http://t.co/x")
    'so good'
    """
    return _NON_WORD.sub(" ", _NOISE.sub(" ", fold(plain(text)[0]))).strip()


def repair(text: str) -> str:
    """The text without mojibake."""
    # ftfy is slow, and ASCII texts have no mojibake, so most can skip it.
    return text if text.isascii() else ftfy.fix_encoding(text)


def clean(table: pd.DataFrame) -> pd.DataFrame:
    """The table (columns text, label, …) with mojibake repaired and with a column `words`, the
    result of `loose`.

    Rows without words, rows whose words occur with different labels, and all but the first of rows
    with equal words are dropped. The order of the others stays.
    """
    text = table["text"].map(repair)
    table = table.assign(text=text, words=text.map(loose))
    agreed = table.groupby("words")["label"].transform("nunique") == 1
    return table[agreed & (table["words"] != "")].drop_duplicates("words", ignore_index=True)
