"""VADER's lexicon (Hutto and Gilbert 2014, MIT licence) as extra training documents: each of its
words, emoticons and emoji is a document of one term, labelled and weighted by its valence."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

import pandas as pd

from bento import text

__all__ = ["documents", "entries"]

_NEGATED = -0.5
"""How a negation changes a valence; VADER's own N_SCALAR is -0.74, the trials liked less."""


@cache
def _valences() -> dict[str, float]:
    package = resources.files("vaderSentiment")
    valences = {}
    for line in package.joinpath("vader_lexicon.txt").read_text("utf-8").splitlines():
        word, valence, *_ = line.split("\t")
        valences[word] = float(valence)
    for line in package.joinpath("emoji_utf8_lexicon.txt").read_text("utf-8").splitlines():
        emoji, description = line.split("\t")
        # An emoji means what the words of its name mean together.
        total = sum(valences.get(word, 0) for word in re.findall(r"\w+", description))
        if total:
            valences[emoji] = max(-4.0, min(4.0, total))
    return valences


def entries() -> list[str]:
    """The words, emoticons and emoji of the lexicon."""
    return list(_valences())


def documents(stems: Mapping[str, str]) -> pd.DataFrame:
    """Columns term, label, weight: the valence's size, 0 to 4, as `weight`. Entries that are not
    one token (phrases, emoticons the tokeniser does not know) are left out; of entries with the
    same stem the mean counts. Each comes negated too, with a smaller weight."""
    rows = []
    for entry, valence in _valences().items():
        if text.tokenise(entry) != [text.normalise(entry)]:
            continue
        [term] = text.unigrams(entry, stems)
        rows += [(term, valence), (term + text.NEGATION_SUFFIX, _NEGATED * valence)]
    mean = pd.DataFrame(rows, columns=["term", "valence"]).groupby("term")["valence"].mean()
    mean = mean[mean != 0]
    return pd.DataFrame(
        {
            "term": mean.index,
            "label": (mean > 0).map({True: "positive", False: "negative"}).to_numpy(),
            "weight": mean.abs().to_numpy(),
        }
    )
