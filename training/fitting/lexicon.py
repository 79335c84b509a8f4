"""The lexicons that training ties terms to: VADER's (Hutto and Gilbert 2014, MIT licence), valences
of words, emoticons and emoji from -4 to 4, as rated by people; and TextBlob's (De Smedt and
Daelemans 2012, PDDL), polarity and subjectivity of adjectives."""

import re
from functools import cache
from importlib import resources

from textblob.en import sentiment

from bento.model import text, tokens
from training.fitting.faces import faces

__all__ = ["opinions", "valences"]

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
        if token not in text.BREAKS
    }
    return plain | negated


def opinions() -> dict[str, tuple[float, float]]:
    """Word → polarity (-1 to 1) and subjectivity (0 to 1), averaged over its senses by TextBlob,
    and its negated form."""
    sentiment.load()
    entries = {
        word: tuple(by_tag[None][:2])
        for word, by_tag in sorted(sentiment.items())
        if tokens.normalise(word) == word
    }
    negated = {
        word + text.NEGATION_SUFFIX: (_NEGATED * polarity, subjectivity)
        for word, (polarity, subjectivity) in entries.items()
    }
    return entries | negated


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
