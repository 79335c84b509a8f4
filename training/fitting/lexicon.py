"""VADER's lexicon (Hutto and Gilbert 2014, MIT licence): the valence of words, emoticons and emoji,
-4 to 4, as people rated them."""

import re
from functools import cache
from importlib import resources

from bento.model import text

__all__ = ["valences"]

_NEGATED = -0.5
"""How a negation changes a valence; VADER's own N_SCALAR is -0.74, the trials liked less."""

# Emoji that people use to judge, and whose names have no word of the lexicon in them; rated by us.
_OUR_EMOJI = {
    "👍": 2.0, "👎": -2.0, "👏": 2.0, "🙌": 2.0, "💪": 1.5, "💯": 2.0, "🔥": 1.5, "⭐": 1.5,
    "🌟": 2.0, "✨": 1.0, "🎉": 2.5, "🙏": 1.0, "👌": 2.0, "✅": 1.0, "❌": -1.5, "😡": -3.0,
    "🤬": -3.0, "🤮": -3.0, "🤢": -2.5, "💩": -2.5, "🗑": -2.0, "🙄": -1.5, "😒": -2.0, "🤡": -1.5,
    "🤩": 3.0, "🥰": 3.0, "😍": 3.0, "❤": 3.0, "♥": 3.0,
}  # fmt: skip


def valences() -> dict[str, float]:
    """Term → valence. Entries that are not one token (phrases, emoticons the tokeniser does not
    know) are left out; of entries with the same normal form the mean counts. Each comes negated
    too."""
    found: dict[str, list[float]] = {}
    for entry, valence in _entries().items():
        if text.pattern(entry).findall(entry) == [entry]:
            for token in text.tokenise(entry):
                found.setdefault(token, []).append(valence)
    plain = {token: sum(each) / len(each) for token, each in sorted(found.items())}
    plain = {token: valence for token, valence in plain.items() if valence}
    negated = {
        token + text.NEGATION_SUFFIX: _NEGATED * valence
        for token, valence in plain.items()
        if token not in text.BREAKS
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
        # An emoji means what the words of its name mean together.
        total = sum(entries.get(word, 0) for word in re.findall(r"\w+", description))
        if total:
            entries[emoji] = max(-4.0, min(4.0, total))
    return entries | _OUR_EMOJI
