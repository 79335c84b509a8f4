"""Cleans a text of what is invisible or escaped, and keeps track of where everything stood."""

import html
import re
from bisect import bisect_left, bisect_right

__all__ = ["Origins", "clean"]

# What `clean` replaces: entities, also repeatedly escaped ones (bounded, because `html.unescape`
# raises on a reference of thousands of digits), the space in "does n't", and characters that are
# invisible or do not affect sentiment: combining accents, format characters, variation selectors
# and skin tones.
_REPLACED = re.compile(
    r"&(?:amp;){0,3}(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
    r"| (?=n['’´‘ʼ′＇]t\b)"
    "|[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)


class Origins:
    """Maps offsets in a cleaned text to offsets in the original.

    `starts` are the offsets at which segments begin in the cleaned text, `origins` those in the
    original. Even segments, counted from 0, are unchanged; odd ones are replacements.
    """

    def __init__(self, starts: list[int], origins: list[int]) -> None:
        self._starts = starts
        self._origins = origins

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's span for the cleaned text's span [start, end), which is not empty."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._starts, end) - 1
        inside = 0 if first % 2 else start - self._starts[first]
        if last % 2:
            return self._origins[first] + inside, self._origins[last + 1]
        return self._origins[first] + inside, self._origins[last] + end - self._starts[last]


def clean(text: str) -> tuple[str, Origins | None]:
    """The text with entities decoded and invisible characters removed, and the mapping back to the
    original's offsets (None if they are the same).

    >>> clean("I &lt;3 it, I &amp;lt;3 it")[0]
    'I <3 it, I <3 it'
    """
    if text.isascii() and "&" not in text and " n't" not in text:
        return text, None
    parts: list[str] = []
    starts, origins = [0], [0]
    position = length = 0
    for match in _REPLACED.finditer(text):
        original = match[0]
        replacement = _unescape(original) if original[0] == "&" else ""
        if replacement == original:
            continue
        parts += (text[position : match.start()], replacement)
        length += match.start() - position
        starts += (length, length + len(replacement))
        position = match.end()
        origins += (match.start(), position)
        length += len(replacement)
    if not parts:
        return text, None
    parts.append(text[position:])
    return "".join(parts), Origins(starts, origins)


def _unescape(entity: str) -> str:
    while (unescaped := html.unescape(entity)) != entity:
        entity = unescaped
    return entity
