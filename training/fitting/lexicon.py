"""The lexicons that training ties terms to: VADER's (Hutto and Gilbert 2014, MIT licence), valences
of words, emoticons and emoji from -4 to 4, as rated by people; TextBlob's (De Smedt and Daelemans
2012, PDDL), polarity and subjectivity of adjectives; and our own, of words and pairs of words that
people use in comments (see `training/data/lexicon/README.md`)."""

import csv
import re
from functools import cache
from importlib import resources
from pathlib import Path

from textblob.en import sentiment

from bento.model.reading import roles, text, tokens
from training.fitting.faces import faces

__all__ = ["OWN", "Opinions", "entries", "opinions", "valences"]

Opinions = dict[str, tuple[float, float]]
"""Term → polarity (-1 to 1) and subjectivity (0 to 1)."""

OWN = Path(__file__).parents[1] / "data" / "lexicon"
_INTENSIFIERS = (
    *("absolutely", "extremely", "incredibly", "really", "so", "such", "super", "totally"),
    *("truly", "very"),
)
"""Before an entry of our own lexicon, the pair of the two counts as the entry does."""
_NEGATED = -0.5
"""Factor that a negation applies to a valence. VADER's N_SCALAR is -0.74; smaller did better in
trials."""


def valences() -> dict[str, float]:
    """Term → valence, for each token of the lexicon and its negated form. Entries that are not one
    token (phrases, emoticons unknown to the tokeniser) are left out; entries with the same normal
    form are averaged."""
    ratings: dict[str, list[float]] = {}
    for entry, valence in _entries().items():
        if tokens.pattern(entry).findall(entry) == [entry]:
            for token in text.tokenise(entry):
                ratings.setdefault(token, []).append(valence)
    plain = {token: sum(rated) / len(rated) for token, rated in sorted(ratings.items())}
    plain = {token: valence for token, valence in (plain | faces()).items() if valence}
    negated = {
        token + text.NEGATION_SUFFIX: _NEGATED * valence
        for token, valence in plain.items()
        if not roles.ends_negation(token)
    }
    return plain | negated


def opinions() -> list[Opinions]:
    """TextBlob's lexicon, averaged over the senses of a word, and our own, both with the negated
    forms of their words."""
    return [_with_negations(_textblob()), _with_negations(_own())]


def _textblob() -> Opinions:
    sentiment.load()
    return {
        word: tuple(by_tag[None][:2])
        for word, by_tag in sorted(sentiment.items())
        if tokens.normalise(word) == word
    }


@cache
def entries() -> Opinions:
    """The entries of our own lexicon."""
    read: Opinions = {}
    for path in sorted(OWN.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                read[row["entry"]] = float(row["valence"]) / 4, float(row["opinion"]) / 3
    return read


def _own() -> Opinions:
    intensified = {
        f"{adverb} {entry}": opinion
        for entry, opinion in entries().items()
        if " " not in entry
        for adverb in _INTENSIFIERS
    }
    return intensified | entries()


def _with_negations(plain: Opinions) -> Opinions:
    negated = {
        entry + text.NEGATION_SUFFIX: (_NEGATED * polarity, subjectivity)
        for entry, (polarity, subjectivity) in plain.items()
        if " " not in entry
    }
    return plain | negated


@cache
def _entries() -> dict[str, float]:
    package = resources.files("vaderSentiment")
    entries = {}
    for line in package.joinpath("vader_lexicon.txt").read_text("utf-8").splitlines():
        word, valence, *_ = line.split("\t")
        entries[word] = float(valence)
    for line in package.joinpath("emoji_utf8_lexicon.txt").read_text("utf-8").splitlines():
        emoji, description = line.split("\t")
        # The valence of an emoji is the sum over the words of its name.
        total = sum(entries.get(word, 0) for word in re.findall(r"\w+", description))
        if total:
            entries[emoji] = max(-4.0, min(4.0, total))
    return entries
