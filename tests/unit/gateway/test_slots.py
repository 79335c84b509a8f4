"""Slots whose number changes, and their pauses."""

from __future__ import annotations

from gateway.slots import Slots


def test_the_pause_that_ends_first_is_the_first_to_be_given_up() -> None:
    slots = Slots(2)
    for end in (5.0, 3.0):
        slots.take()
        slots.give_back(end)
    assert not slots.is_free(even_if_paused=False)
    assert slots.is_free(even_if_paused=True)
    assert slots.next_end == 3.0
    slots.take()
    assert slots.next_end == 5.0
    slots.end_pauses(5.0)
    assert slots.next_end is None
    assert slots.is_free(even_if_paused=False)


def test_a_pause_is_ended_only_if_none_is_idle() -> None:
    slots = Slots(2)
    slots.take()
    slots.give_back(3.0)
    slots.end_a_pause()
    assert slots.next_end == 3.0
    slots.take()
    slots.end_a_pause()
    assert slots.next_end is None
    assert slots.is_free(even_if_paused=False)


def test_slots_that_are_taken_away_while_in_use_are_not_given_back() -> None:
    slots = Slots(2)
    slots.take()
    slots.take()
    slots.number = 1
    slots.give_back(3.0)
    assert not slots.is_free(even_if_paused=True)
    slots.give_back(3.0)
    assert slots.next_end == 3.0
