"""Lists of phrases written as blocks of text, and the words that fill a template in turn."""

from collections.abc import Sequence

__all__ = ["HOURS", "at", "phrases"]

HOURS = ("noon", "six", "seven", "eight", "nine", "ten")


def phrases(block: str) -> list[str]:
    """The phrases of a block, which ends of lines and | separate.

    >>> phrases("\\nfire exit | gift shop\\ntop floor\\n")
    ['fire exit', 'gift shop', 'top floor']
    """
    return [phrase.strip() for line in block.strip().splitlines() for phrase in line.split("|")]


def at(words: Sequence[str], index: int) -> str:
    """The word at the index, starting again at the end."""
    return words[index % len(words)]
