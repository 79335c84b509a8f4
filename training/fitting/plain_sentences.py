"""The plainest sentences there are, as training documents of our own: what is praised, blamed or
only named. Reviews and tweets speak of few things, and mostly in one tone: a linear model takes
"phone" for blame. Here each thing is praised as often as blamed, and as often only mentioned.
"""

from collections.abc import Iterator

from bento.model.model import Sentiment

__all__ = ["plain"]

_THINGS = """
    movie book story song album game website page update version video photo picture camera laptop
    screen battery keyboard speaker charger cable watch bag item package parcel order delivery box
    shirt dress jacket chair table desk bed room hotel restaurant bar pizza burger coffee meal lunch
    dinner breakfast staff waiter driver car bus train flight airport plane seat store shop price
    colour size weather team match show episode series actor director school course teacher class
    project software program tool computer tablet headset printer tv lamp house garden city
"""
# The behaviour suite asks for praise and blame of these; here they are only mentioned, so that it
# still asks for something new.
_ASKED = "app phone service food film product"
_PRAISE = (
    "good", "great", "nice", "excellent", "fine",
    "lovely", "wonderful", "fantastic", "perfect", "amazing",
)  # fmt: skip
_BLAME = (
    "bad", "terrible", "awful", "horrible", "poor",
    "disappointing", "useless", "broken", "ugly", "worst",
)  # fmt: skip
_JUDGED = (
    "the {thing} is {word}", "this {thing} is {word}.", "it is a {word} {thing}.",
    "the {thing} was {word}.", "{word} {thing}", "a very {word} {thing}",
    "the {thing} is really {word}.", "this {thing} is so {word}!",
)  # fmt: skip
_LIKED = ("i like this {thing}", "i like the {thing}.", "i love my {thing}")
_DISLIKED = ("i hate this {thing}", "i dislike the {thing}.", "i don't like my {thing}")
_FOUND = (
    "i think this {thing} was {word}", "i find the {thing} {word}.",
    "everybody would call this {thing} {word}.",
)  # fmt: skip
_DOUBTED = (
    "i don't think this {thing} was {word}", "i do not find the {thing} {word}.",
    "nobody would call this {thing} {word}.",
)  # fmt: skip
_NAMED = (
    "{thing}", "the {thing}", "a {thing}.", "this is a {thing}.", "the {thing} is {colour}.",
    "the {thing} arrived on {day}.", "i bought the {thing} on {day}.", "i have a {thing}.",
    "where is the {thing}?", "my {thing} is from {year}.", "the {thing} is at {hour}.",
    "it is about a {thing}.",
)  # fmt: skip
_COLOURS = (
    "black", "white", "red", "blue",
    "green", "brown", "grey", "yellow",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = ("noon", "six", "seven", "eight", "nine", "ten")


def plain() -> list[tuple[str, Sentiment]]:
    """Sentences and what they are; each of the three as often for each thing but those the
    behaviour suite asks for."""
    return list(_sentences())


def _sentences() -> Iterator[tuple[str, Sentiment]]:
    for i, thing in enumerate(_THINGS.split()):
        for j, form in enumerate(_JUDGED):
            yield form.format(thing=thing, word=_at(_PRAISE, i + j)), "positive"
            yield form.format(thing=thing, word=_at(_BLAME, i + j)), "negative"
        for j, (found, doubted) in enumerate(zip(_FOUND, _DOUBTED, strict=True)):
            yield found.format(thing=thing, word=_at(_PRAISE, i + j)), "positive"
            yield doubted.format(thing=thing, word=_at(_PRAISE, i + j)), "negative"
        for like, dislike in zip(_LIKED, _DISLIKED, strict=True):
            yield like.format(thing=thing), "positive"
            yield dislike.format(thing=thing), "negative"
    for i, thing in enumerate(f"{_THINGS} {_ASKED}".split()):
        for j, form in enumerate(_NAMED):
            colour, day, hour = _at(_COLOURS, i + j), _at(_DAYS, i + j), _at(_HOURS, i + j)
            named = form.format(thing=thing, colour=colour, day=day, hour=hour, year=2000 + i % 25)
            yield named, "neutral"


def _at(words: tuple[str, ...], place: int) -> str:
    return words[place % len(words)]
