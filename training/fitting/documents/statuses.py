"""Statuses, which tell what somebody does or where they are.

People write them on social media, whereas most comments that mention a kitchen, a journey or
children have an opinion on them.
"""

from collections.abc import Iterator

from training.fitting.documents.forms import HOURS, at, phrases

__all__ = ["statuses"]

_DOINGS = """
cooking pasta | making soup | making dinner for the kids | doing laundry | doing homework
walking the dog | feeding the cat | cleaning the kitchen | washing the dishes | watching tv
watching a movie | watching the game | watching a show | reading a book | reading the paper
playing cards | playing a game | listening to music | driving to work | driving home
waiting for the bus | waiting for the train | standing in the queue | eating lunch | having dinner
having breakfast | drinking coffee | packing my bag | shopping for groceries | buying shoes
getting a haircut | going to bed | going to the gym | going to school | heading home
heading to work | taking the train | riding the bus | studying for an exam | writing an essay
working from home | sitting in a meeting | calling my brother | visiting my parents | moving boxes
painting the fence | fixing the bike | charging my phone | picking up the kids | dropping off my son
paying bills | baking bread | watering the plants | mowing the lawn | buying stamps
peeling potatoes | ironing shirts | checking my email | updating my laptop | setting up a new phone
looking for a parking space | trying on a dress | wrapping presents | waking up | babysitting
"""
_PLACES = """
    doctor airport mall library beach park office bank cinema supermarket zoo hospital station
    barber bakery market pharmacy pool theater stadium
"""
_DOING = (
    "{doing}", "{doing}.", "i am {doing}", "{doing} with my {person}", "just finished {doing}",
    "{doing} and then {other}", "my {person} is {doing}", "{doing} at {hour}", "{doing} {day}",
)  # fmt: skip
_GOING = (
    "at the {place}", "on my way to the {place} with my {person}", "off to the {place}",
    "just got home from the {place}", "in line at the {place}.", "going to the {place} {day}",
    "back from the {place}", "{place} at {hour}, then home",
)  # fmt: skip
_PERSONS = ("sister", "brother", "mom", "wife", "husband", "friend", "cousin", "daughter")
_DAYS = ("today", "tonight", "tomorrow", "on saturday", "this morning", "after work", "later")


def statuses() -> Iterator[str]:
    """Each status once."""
    doings = phrases(_DOINGS)
    for kinds, forms in ((doings, _DOING), (_PLACES.split(), _GOING)):
        for i, kind in enumerate(kinds):
            for j, form in enumerate(forms):
                yield form.format(
                    doing=kind,
                    place=kind,
                    other=at(doings, i + 19),
                    person=at(_PERSONS, i + j),
                    day=at(_DAYS, i + j),
                    hour=at(HOURS, i + j),
                )
