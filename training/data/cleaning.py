"""Rows that would teach the model nothing, or something wrong, are mended or left out."""

import re

import ftfy
import pandas as pd

from bento.model.text import clean as plain
from bento.model.text import fold

__all__ = ["clean", "loose"]

_NOISE = re.compile(r"https?://\S*|www\.\S+|@\w+|<[^<>]*>|\brt\b")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def loose(text: str) -> str:
    """The words alone: what stays the same when a text is copied, quoted or retweeted.

    >>> loose("RT @you: So GOOD!! http://t.co/x")
    'so good'
    """
    return _BETWEEN_WORDS.sub(" ", _NOISE.sub(" ", fold(plain(text)[0]))).strip()


def clean(table: pd.DataFrame) -> pd.DataFrame:
    """The table (columns text, label, …) with mojibake mended, and without rows that have no words,
    rows whose words carry different labels elsewhere, and all but the first of equal rows. Adds
    the column `words`, the text as `loose` sees it. The order stays.
    """
    # Mojibake needs characters beyond ASCII, and ftfy is slow: most rows can do without it.
    text = table["text"].map(lambda text: text if text.isascii() else ftfy.fix_encoding(text))
    table = table.assign(text=text, words=text.map(loose))
    agreed = table.groupby("words")["label"].transform("nunique") == 1
    return table[agreed & (table["words"] != "")].drop_duplicates("words", ignore_index=True)
