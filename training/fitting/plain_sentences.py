"""Our own training documents: plain sentences that praise, blame or only mention a thing.

Reviews and tweets are about few things and mostly have one tone, so a linear model learns that
"phone" is negative. Here each thing is praised as often as blamed, and often only mentioned.
"""

from collections.abc import Iterator

from bento.model.model import Sentiment

__all__ = ["plain_sentences"]

_THINGS = """
    movie book story song album game website page update version video photo picture camera laptop
    screen battery keyboard speaker charger cable watch bag item package parcel order delivery box
    shirt dress jacket chair table desk bed room hotel restaurant bar pizza burger coffee meal lunch
    dinner breakfast staff waiter driver car bus train flight airport plane seat store shop price
    colour size weather team match show episode series actor director school course teacher class
    project software program tool computer tablet headset printer tv lamp house garden city
"""
# The behaviour suite praises and blames these. Here they are only mentioned, so that the suite
# still tests something the model has not seen.
_TESTED = "app phone service food film product"
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
_AFFIRMED = (
    "i think this {thing} was {word}", "i find the {thing} {word}.",
    "everybody would call this {thing} {word}.",
)  # fmt: skip
_DENIED = (
    "i don't think this {thing} was {word}", "i do not find the {thing} {word}.",
    "nobody would call this {thing} {word}.",
)  # fmt: skip
_MENTIONED = (
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


def plain_sentences() -> Iterator[tuple[str, Sentiment]]:
    """Each sentence once, with its sentiment: for each thing as many positive as negative ones and
    some neutral ones; for things that the behaviour suite tests only neutral ones."""
    for i, thing in enumerate(_THINGS.split()):
        for j, form in enumerate(_JUDGED):
            yield form.format(thing=thing, word=_at(_PRAISE, i + j)), "positive"
            yield form.format(thing=thing, word=_at(_BLAME, i + j)), "negative"
        for j, (affirmed, denied) in enumerate(zip(_AFFIRMED, _DENIED, strict=True)):
            yield affirmed.format(thing=thing, word=_at(_PRAISE, i + j)), "positive"
            yield denied.format(thing=thing, word=_at(_PRAISE, i + j)), "negative"
        for like, dislike in zip(_LIKED, _DISLIKED, strict=True):
            yield like.format(thing=thing), "positive"
            yield dislike.format(thing=thing), "negative"
    for i, thing in enumerate(f"{_THINGS} {_TESTED}".split()):
        for j, form in enumerate(_MENTIONED):
            colour, day, hour = _at(_COLOURS, i + j), _at(_DAYS, i + j), _at(_HOURS, i + j)
            year = 2000 + i % 25
            yield form.format(thing=thing, colour=colour, day=day, hour=hour, year=year), "neutral"


def _at(words: tuple[str, ...], index: int) -> str:
    return words[index % len(words)]
