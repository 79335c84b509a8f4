"""Ratings in a text, such as "4.5/5", "7 out of 10", "★★☆☆☆" and "-5 stars", and numbers of the
same look that rate nothing: "step 3/5", "due 2/10", "9 out of 10 dentists"."""

import re

__all__ = ["FIRST_WORDS", "NO_RATING", "RATING", "STARS", "rating"]

STARS = "[★☆⭐✩✭]"
_NUMBERS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_AMOUNT = r"\d{1,3}(?:[.,]\d{1,2}|½)?|½"
_OUT_OF = r"(?: ?/ ?| out of )(?:5|10|100)(?:\.0)?(?![\w/]|[.,]\d)"
_MINUS = r"(?:(?<![\w.)])-|(?<!\w)(?i:minus) )?"
# "5* service", but neither "was £2*" nor "our number 1*" nor "a 4* boutique hotel".
_STARRED = (
    r"(?:\A|(?<=[\n(])|(?<=[.!?,:(\n] )|(?<=\ba )|(?<=\bit )|(?<=\b(?i:give|gave) ))"
    r"[0-5]\*(?![\w*])"
    r"(?! (?:[a-z]{1,16} ){0,2}(?i:hotels?|resorts?|accommodation|apartments?|inn|spa)(?!\w))"
)

RATING = (
    rf"(?<!\w)(?:[0-5]|(?i:{'|'.join(_NUMBERS)})) of (?i:5|five) (?i:stars)(?!\w)|"
    rf"{_MINUS}(?:{_AMOUNT}){_OUT_OF}"
    rf"|{_MINUS}(?:{_AMOUNT}|(?i:zero|two|three|four|five|ten))[ -](?i:stars)(?!\w)"
    rf"|{_MINUS}(?:[15½]|(?i:one|five))[ -](?i:star)(?!\w)"
    r"|(?<!\w)(?i:rating|stars) ?[:=] ?[0-5](?![\w/%]|[.,]\d)"
    rf"|(?<![\w.,])[0-5] ?[★⭐](?!{STARS})|{_STARRED}"
    rf"|{STARS}{{2,10}}|{STARS}(?: {STARS}){{1,9}}"
    r"|(?<!\w)[Aa]\+{1,9}(?!\w)"
)
"""Matches a rating."""

# What is numbered or dated, before a number; whom or what a number counts, after it.
_NUMBERED = """
    step part chapter page episode level day stage week season question lesson round module volume
    act section lap game match number track disc slide night set on by until till since before due
    dated
"""
_COUNTED = """
    dentists doctors people users customers patients times women men students teachers pupils
    children kids employees seats rooms houses shops cats dogs of cup cups inch inches mm cm kg
"""
_SHARE = r"\d{1,3}(?: ?/ ?| out of )(?:5|10|100)"


def _any_of(words: str) -> str:
    return "|".join(words.split())


NO_RATING = (
    rf"(?<!\w)(?i:{_any_of(_NUMBERED)}) {_SHARE}(?![\w/]|[.,]\d)"
    rf"|(?<![\w.,/-]){_SHARE} (?i:{_any_of(_COUNTED)})(?!\w)"
)
"""Matches a number or a share that looks like a rating, with the word that tells."""
FIRST_WORDS = (*_NUMBERS, "½", "minus", "rating", "stars", *_NUMBERED.split())
"""The words, in lower case, with which a match of RATING or NO_RATING may begin."""

_VALUE = rf"{_AMOUNT}|{'|'.join(_NUMBERS)}"
# A number alone is no rating: its scale, stars or a name must stand with it.
_RATED = re.compile(
    rf"(?P<minus>-|minus )?(?P<value>{_VALUE})"
    r"(?:(?: ?/ ?| out of )(?P<scale>5|10|100)(?:\.0)?| of (?:5|five) stars|[ -]stars?| ?[★⭐*])"
    r"|(?:rating|stars) ?[:=] ?(?P<named>[0-5])"
)


def rating(token: str) -> str | None:
    """The rating that a token is, in tenths ("0/10" to "10/10"); None for other tokens.

    >>> [rating(token) for token in ["4.5/5", "★★☆☆☆", "minus 5 stars", "A+", "Rating: 4", "2*"]]
    ['9/10', '4/10', '0/10', '10/10', '8/10', '4/10']
    >>> rating("4.5") is None
    True
    """
    if re.match(STARS, token) and len(token) > 1:
        stars = token.replace(" ", "")
        empty = sum(star in "☆✩" for star in stars)
        return _tenths(len(stars) - empty, len(stars) if empty else 5)
    if token[0] in "aA" and token.endswith("+"):
        return "10/10"
    rated = _RATED.fullmatch(token.lower())
    if rated is None:
        return None
    amount = rated["value"] or rated["named"]
    value = float(
        _NUMBERS[amount] if amount.isalpha() else amount.replace(",", ".").replace("½", ".5")
    )
    return _tenths(-value if rated["minus"] else value, int(rated["scale"] or 5))


def _tenths(value: float, scale: int) -> str:
    return f"{round(10 * min(1.0, max(0.0, value / scale)))}/10"
