"""VADER's lexicon (Hutto and Gilbert 2014, MIT licence): valences of words, emoticons and emoji,
-4 to 4, as rated by people."""

import re
from functools import cache
from importlib import resources

from bento.model import text

__all__ = ["valences"]

_NEGATED = -0.5
"""Factor that a negation applies to a valence. VADER's N_SCALAR is -0.74; smaller did better in
trials."""

# Emoji that express an opinion but whose names contain no word of the lexicon; rated by us.
_OUR_EMOJI = {
    "👍": 2.0, "👎": -2.0, "👏": 2.0, "🙌": 2.0, "💪": 1.5, "💯": 2.0, "🔥": 1.5, "⭐": 1.5,
    "🌟": 2.0, "✨": 1.0, "🎉": 2.5, "🙏": 1.0, "👌": 2.0, "✅": 1.0, "❌": -1.5, "😡": -3.0,
    "🤬": -3.0, "🤮": -3.0, "🤢": -2.5, "💩": -2.5, "🗑": -2.0, "🙄": -1.5, "😒": -2.0, "🤡": -1.5,
    "🤩": 3.0, "🥰": 3.0, "😍": 3.0, "❤": 3.0, "♥": 3.0,
}  # fmt: skip


def valences() -> dict[str, float]:
    """Term → valence, for each token of the lexicon and its negated form. Entries that are not one
    token (phrases, emoticons unknown to the tokeniser) are left out; entries with the same normal
    form are averaged."""
    ratings: dict[str, list[float]] = {}
    for entry, valence in _entries().items():
        if text.pattern(entry).findall(entry) == [entry]:
            for token in text.tokenise(entry):
                ratings.setdefault(token, []).append(valence)
    plain = {token: sum(rated) / len(rated) for token, rated in sorted(ratings.items())}
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
        # The valence of an emoji is the sum over the words of its name.
        total = sum(entries.get(word, 0) for word in re.findall(r"\w+", description))
        if total:
            entries[emoji] = max(-4.0, min(4.0, total))
    return entries | _OUR_EMOJI
