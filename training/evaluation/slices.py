"""Slices: kinds of texts on which a model may be better or worse than on the rest."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.evaluation.bootstrap import accuracy

__all__ = ["SLICES", "measure_slices"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_EMOJI = "[\u2600-\u27bf\u2b50\u2b55\U0001f300-\U0001f6ff\U0001f900-\U0001faff]"
_EMOTICON = r"(?<!\S)[:;=8xX][-o']?[)(DPp/|*3\]\[](?!\S)"
_NEGATION = r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|cannot|without)\b|n['’]t\b"


def _words(least: int, most: float) -> Callable[[str], bool]:
    return lambda text: least <= len(_WORD.findall(text)) <= most


def _has(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    search = re.compile(pattern, flags).search
    return lambda text: search(text) is not None


SLICES: dict[str, Callable[[str], bool]] = {
    "up to 5 words": _words(0, 5),
    "6 to 20 words": _words(6, 20),
    "21 to 100 words": _words(21, 100),
    "over 100 words": _words(101, np.inf),
    "a negation": _has(_NEGATION, re.IGNORECASE),
    "no negation": lambda text: not re.search(_NEGATION, text, re.IGNORECASE),
    "an emoji or emoticon": _has(f"{_EMOJI}|{_EMOTICON}"),
    "a word in capitals": _has(r"\b[A-Z]{4,}\b"),
    "an exclamation mark": _has("!"),
    "a question mark": _has(r"\?"),
    "a number": _has(r"\b\d"),
    "a URL": _has(r"https?://|www\."),
}
"""Name → whether a raw text belongs to the slice."""


def measure_slices(texts: pd.Series, right: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """For each slice its name as `slice`, and `training.evaluation.bootstrap.accuracy` of its part
    of the texts (n,), given whether each answer is `right` (n,)."""
    return [
        {"slice": name, **accuracy(right[texts.map(belongs).to_numpy(dtype=bool)])}
        for name, belongs in SLICES.items()
    ]
