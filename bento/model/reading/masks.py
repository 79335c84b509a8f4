"""Swearwords in which some letters are hidden: "sh*t", "f***ing", "cr@p", "b1tch"."""

import re

__all__ = ["MASKED", "may_hide", "unmasked"]

_SWEARWORDS = """
    shit shitty shite shitshow bullshit fuck fucked fucker fuckers fucking fuckin bitch bitches crap
    crappy damn damned ass asses asshole assholes arse arsehole bastard bastards dick dickhead cunt
    piss pissed suck sucks hell whore slut prick bollocks motherfucker motherfucking
"""
_WORDS = _SWEARWORDS.split()
# Letters that people hide, and the signs for them. A star may hide any letter of any word, these
# only letters of the swearwords: "A55" and "b2b" are no words with hidden letters.
_SIGNS = {"a": "@#4", "e": "@#3", "i": "@#!1", "o": "@#0", "s": "$", "t": "7", "u": "@#"}
_ALL_SIGNS = "".join(sorted(set("".join(_SIGNS.values()))))


def _hidden(word: str) -> str:
    """Matches the word with a sign for at least one of its letters, but not for the first."""
    letters = "".join(f"[{letter}{_SIGNS.get(letter, '')}]" for letter in word[1:])
    return rf"{word[0]}(?=[a-z]{{0,12}}[{_ALL_SIGNS}][a-z$]){letters}"


MASKED = (
    r"[A-Za-z]{1,9}\*{1,6}(?:[A-Za-z]{1,9}\*{1,6}){0,2}[A-Za-z]{0,9}"
    rf"|(?<![\w@#$])(?ai:{'|'.join(map(_hidden, _WORDS))})(?![\w@#$])"
)
"""Matches a masked word."""
# Looking behind each sign takes four times as long as looking for one before a letter.
_sign = re.compile(f"[{_ALL_SIGNS}][A-Za-z$]").search
_inner_sign = re.compile(f"(?<=[A-Za-z])[{_ALL_SIGNS}][A-Za-z$]").search


def may_hide(text: str) -> bool:
    """Whether a sign stands inside a word of the text."""
    return _sign(text) is not None and _inner_sign(text) is not None


def unmasked(masked: str) -> str:
    """The swearword that a masked word in lower case stands for, or its letters if there is none.

    >>> [unmasked(word) for word in ["f***ing", "cr@p", "great*"]]
    ['fucking', 'crap', 'great']
    """
    hiding = "*" + _ALL_SIGNS
    for word in _WORDS:
        if len(word) == len(masked) and all(
            sign == letter or sign in hiding for sign, letter in zip(masked, word, strict=True)
        ):
            return word
    return masked.replace("*", "")
