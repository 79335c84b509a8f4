"""Ratings in a text, such as "4.5/5", "7 out of 10", "★★☆☆☆" and "-5 stars", and numbers of the
same look that rate nothing: "step 3/5", "due 2/10", "9 out of 10 dentists"."""

import re

__all__ = ["FIRST_WORDS", "NO_RATING", "RATING", "STARS", "rating"]

STARS = "[★☆⭐✩✭]"
_NUMBERS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_SCALE = r"(?: ?/ ?| (?i:out of) )(?:5|10|100)"
_AMOUNT = r"(?:\d{1,3}(?:[.,]\d{1,2}| ?½)?|½|(?<!\S)\.\d)"
# An amount does not begin inside another: "1,000 stars", "4 ½ stars".
_FIRST = r"(?<!\d)(?<!\d[.,½])(?<!\d )"
_MINUS = r"(?:(?<![\w.)])-|(?<!\w)(?i:minus) )?"
_SCALED = rf"{_MINUS}{_FIRST}{_AMOUNT}{_SCALE}(?:\.0)?(?![\w/]|[.,]\d)"
_HOTELS = r"(?: (?:[a-z]{1,16} ){0,2}(?i:hotels?|resorts?|accommodation|apartments?|inn|spa)(?!\w))"
# "5* service", but neither "was £2*" nor "our number 1*" nor "a 4* boutique hotel".
_STARRED = (
    r"(?:\A|(?<=[\n(])|(?<=[.!?,:(\n] )|(?<=\ba )|(?<=\bit )|(?<=\b(?i:give|gave) ))"
    rf"[0-5]\*(?![\w*]|{_HOTELS})"
)

RATING = (
    rf"(?<!\w)(?:[0-5]|(?i:{'|'.join(_NUMBERS)})) of (?i:5|five) (?i:stars)(?!\w)|"
    rf"{_SCALED}"
    rf"|{_MINUS}(?:{_FIRST}{_AMOUNT}|(?i:zero|two|three|four|five|ten))[ -](?i:stars)(?!\w)"
    rf"|{_MINUS}(?:{_FIRST}(?:[15]|(?:\d ?)?½)|(?i:one|five))[ -](?i:star)(?!\w|{_HOTELS})"
    r"|(?<!\w)(?i:rating|stars) ?[:=] ?[0-5](?:[.,]\d|½)?(?![\w/%]|[.,]\d| ?/| (?i:out of) )"
    rf"|(?<![\w.,])[0-5] ?[★⭐](?!{STARS})|{_STARRED}"
    rf"|{STARS}{{2,10}}|{STARS}(?: {STARS}){{1,9}}"
    r"|(?<!\w)(?<!(?i:group|blood) )(?<!(?i:type) )[Aa]\+{1,9}(?!\w)"
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
# After a plural these tell that it was counted: "7 out of 10 lamps failed".
_DID = """
    are were have had do did don't didn't arrive arrived break broke came fail failed go got lost
    went work worked
"""


def _any_of(words: str) -> str:
    return "|".join(words.split())


NO_RATING = (
    rf"(?<!\w)(?i:{_any_of(_NUMBERED)}) \d{{1,3}}{_SCALE}(?![\w/]|[.,]\d)"
    rf"|(?<![\w.,/-])\d{{1,3}}{_SCALE} (?i:{_any_of(_COUNTED)})(?!\w)"
    # At the end, too: `bento.model.reading.tokens` matches each token again on its own.
    rf"|(?<![\w.,/-])\d{{1,3}} (?i:out of) (?:5|10|100) [a-z]{{2,16}}s(?=\Z| (?:{_any_of(_DID)})\b)"
    # "minus one star for the wait", "one of five stars in the film"
    r"|(?<!\w)(?i:[1-5]|one|two|three|four) of (?i:5|five) (?i:stars)"
    r" (?i:in (?:the|this|it)|who)(?!\w)"
    r"|(?<!\w)(?i:minus (?:1|one|half a|a) star (?:for|because)|(?:1|one) star off)(?!\w)"
)
"""Matches a number or a share that looks like a rating, with the word that tells."""
FIRST_WORDS = (*_NUMBERS, "½", "minus", "rating", "stars", *_NUMBERED.split())
"""The words, in lower case, with which a match of RATING or NO_RATING may begin."""

# A number alone is no rating: its scale, stars or a name must stand with it.
_RATED = re.compile(
    rf"(?P<minus>-|minus )?(?P<value>{_AMOUNT}|{'|'.join(_NUMBERS)})"
    r"(?:(?: ?/ ?| out of )(?P<scale>5|10|100)(?:\.0)?| of (?:5|five) stars|[ -]stars?| ?[★⭐*])"
    rf"|(?:rating|stars) ?[:=] ?(?P<named>{_AMOUNT})"
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
    value: float | None = _NUMBERS.get(amount)
    if value is None:
        value = float(re.sub(" ?½", ".5", amount.replace(",", ".")))
    return _tenths(-value if rated["minus"] else value, int(rated["scale"] or 5))


def _tenths(value: float, scale: int) -> str:
    return f"{round(10 * min(1.0, max(0.0, value / scale)))}/10"
