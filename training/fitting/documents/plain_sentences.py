"""Plain sentences that praise, blame or only mention a thing, and statuses.

Reviews and tweets are about few things and mostly have one tone, so a linear model learns that
"phone" is negative. Here each thing is praised as often as blamed, and often only mentioned.
"""

from collections.abc import Iterator

from bento.model.model import Sentiment
from training.fitting.documents.forms import HOURS, at, phrases
from training.fitting.documents.statuses import statuses

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
# Things whose names have words of opinion, which say nothing there; separated by |.
_COMPOUNDS = """
waste container | waste paper basket | waste collection | death certificate | pain killer
war museum | crash helmet | fire alarm | fire exit | bug report | damage deposit | sick note
sick leave | dead end | thank you card | best man | gift shop | love song | happy hour | comedy club
beauty salon | emergency number | complaints desk | lost property office | crash course
error message | error page | failure rate | risk report | cancer clinic | accident report
insurance claim | broken line | top floor | grand piano | award ceremony | fun fair | luxury tax
prize draw | free port | welcome desk | smart meter | hazard light | poison label | trauma unit
injury clinic | disaster relief fund | horror section | crime section | dirty linen basket
"""
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
_PLACED = (
    "the {thing} is on the {floor} floor.", "the {thing} is next to the {place}.",
    "where is the {thing}?", "the {thing} was here on {day}.", "is there a {thing}?",
)  # fmt: skip
_FACTS = (
    "it is raining.", "it's raining outside", "it was raining in the morning.",
    "it rained on {day}.", "it will rain on {day}.", "it is windy outside.", "it is snowing",
    "it snows on {day}.", "it gets dark at {hour}.", "it is cloudy outside",
    "the {thing} is {number} minutes long.", "the {thing} takes {number} minutes.",
    "the {thing} lasts {number} minutes.", "it is {number} minutes long", "{number} minutes",
    "it takes {number} minutes on foot.", "the {thing} is {number} pages long.",
    "the {thing} is {number} cm wide.", "the {thing} costs {number} euros.",
)  # fmt: skip
_FLOORS = ("first", "third", "fourth", "ground", "top")
_PLACES = ("stairs", "lift", "entrance", "kitchen", "station", "counter", "window")
_NUMBERS = ("20", "25", "30", "45", "50", "60", "75", "80", "95", "100", "110", "120")
_LASTING = (
    "film", "show", "course", "meeting", "flight",
    "video", "walk", "concert", "episode", "lesson",
)  # fmt: skip
_COLOURS = (
    "black", "white", "red", "blue",
    "green", "brown", "grey", "yellow",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def plain_sentences() -> Iterator[tuple[str, Sentiment]]:
    """Each sentence once, with its sentiment: for each thing as many positive as negative ones and
    some neutral ones, for things that the behaviour suite tests only neutral ones; and facts and
    statuses, which are neutral."""
    for i, thing in enumerate(_THINGS.split()):
        for j, form in enumerate(_JUDGED):
            yield form.format(thing=thing, word=at(_PRAISE, i + j)), "positive"
            yield form.format(thing=thing, word=at(_BLAME, i + j)), "negative"
        for j, (affirmed, denied) in enumerate(zip(_AFFIRMED, _DENIED, strict=True)):
            yield affirmed.format(thing=thing, word=at(_PRAISE, i + j)), "positive"
            yield denied.format(thing=thing, word=at(_PRAISE, i + j)), "negative"
        for like, dislike in zip(_LIKED, _DISLIKED, strict=True):
            yield like.format(thing=thing), "positive"
            yield dislike.format(thing=thing), "negative"
    for i, thing in enumerate(f"{_THINGS} {_TESTED}".split()):
        for j, form in enumerate(_MENTIONED):
            colour, day, hour = at(_COLOURS, i + j), at(_DAYS, i + j), at(HOURS, i + j)
            year = 2000 + i % 25
            yield form.format(thing=thing, colour=colour, day=day, hour=hour, year=year), "neutral"
    for sentence in dict.fromkeys([*_facts(), *statuses()]):
        yield sentence, "neutral"


def _facts() -> Iterator[str]:
    """Sentences that only tell something, in words that blame elsewhere; some of them twice."""
    for i, thing in enumerate(phrases(_COMPOUNDS)):
        for j, form in enumerate(_PLACED):
            floor, place, day = at(_FLOORS, i + j), at(_PLACES, i + j), at(_DAYS, i + j)
            yield form.format(thing=thing, floor=floor, place=place, day=day)
    for i, thing in enumerate(_LASTING):
        for j, form in enumerate(_FACTS):
            day, hour, number = at(_DAYS, i + j), at(HOURS, i), at(_NUMBERS, i + 5 * j)
            yield form.format(thing=thing, day=day, hour=hour, number=number)
