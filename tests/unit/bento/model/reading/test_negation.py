"""Which words mean the opposite of what they say. Reversed ones end with an asterisk."""

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model.reading import negation
from bento.model.reading.negation import reversed_words
from bento.model.reading.roles import BREAKS, SHIFTERS, role


def marked(tokens: str) -> str:
    words = tokens.split()
    places = reversed_words(list(map(role, words)))
    return " ".join(f"{word}*" if i in places else word for i, word in enumerate(words))


def agree(*texts: str) -> None:
    for text in texts:
        assert marked(text.replace("*", "")) == text


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(negation).failed == 0


def test_a_negation_covers_three_words_or_ends_at_a_break_a_rating_or_a_face() -> None:
    agree(
        "not a* very* good* film",
        "not but good",
        "didn't like* 2/10 good",
        "not good* 🙁 nice",
        "never d: nice",
    )


def test_an_answer_with_a_comma_negates_nothing_after_it() -> None:
    agree("no , i love it", "not , good")


def test_what_a_negation_denies_ends_its_scope() -> None:
    agree("no problem* everything good", "without a* doubt* excellent", "no staff* was* good*")


def test_the_negation_of_a_negation_is_none() -> None:
    agree("nothing i* didn't* like", "never not* good")


def test_phrases_turn_the_words_after_them() -> None:
    agree(
        "anything but dull*",
        "far from perfect*",
        "far from home and lovely",
        "not far* from* good",
        "so far , so good",
        "anything good but small",
        "it is anything but",
    )


def test_less_turns_one_word() -> None:
    agree(
        "less noisy* and small",
        "the least helpful* shop",
        "at least good",
        "at the very least great",
        "the least i can say",
        "not the* least* bit* helpful",
        "couldn't be* less* impressed*",
        "no less* good",
        "made it less tasty*",
        "more or less good",
        "nothing less* than* superb",
    )


def test_a_question_for_a_yes_reverses_nothing() -> None:
    agree(
        "isn't it lovely ?",
        "and isn't it great",
        "phone , isn't it great",
        "it isn't this* great*",
        "isn't great*",
    )


def test_being_free_of_something_is_its_opposite() -> None:
    agree("hassle* free", "a stress* - free move", "the entry is free", "problem is free", "free")


def test_a_double_negation_reverses_nothing_new() -> None:
    agree(
        "never received* anything* but superb meals here",
        "not too* far* from* lovely beaches",
        "not that* i* didn't* like it",
    )


def test_a_verb_of_saying_passes_a_negation_on() -> None:
    agree(
        "i don't think* this* phone* is* any* good* really",
        "i wish i* could* say* it* was* good*",
    )


def test_a_wish_reverses_what_it_regrets() -> None:
    agree(
        "i wish the* staff* were* friendlier* here* now",
        "i just wish they* had* told* me* sooner*",
        "i wish you all the best",
        "i wish tom all the best",
        "i wish to thank the lovely staff",
        "my wish came true at last",
    )


def test_what_would_have_been_was_not() -> None:
    agree(
        "would have* been* nice* if",
        "would have no problem* returning",
        "i would have to recommend it",
        "you would have a great time",
    )


def test_a_denial_reverses_what_comes_before() -> None:
    agree(
        "any* trouble* ? no",
        "did* it* help* ? certainly not !",
        "it* looks* nice* but it is not .",
        "it* looks* nice* , it isn't",
        "faults* : none <> lovely",
        "bugs* found* : nothing",
        "any* problems* ? nope",
        "a lot* of* dull* talk* . it was not .",
        "friendly* they were not .",
    )


def test_not_every_last_negation_is_a_denial() -> None:
    agree(
        "great . why not ?",
        "i love doing nothing .",
        "a tool i can't do* without*",
        "great , no ?",
        "nah it is good",
        "is it good or not ?",
        "nothing but praise",
        "lovely place <> no",
        "lovely 😀 no",
    )


def test_who_admits_to_have_been_wrong_denies() -> None:
    agree(
        "i thought it* would* be* awful* . i was wrong* .",
        "it* seemed* dull* , how wrong* i was !",
        "something is wrong .",
        "i was wrong about them",
    )


def test_a_comparison_reverses_what_it_compares_with() -> None:
    agree("better than that* awful* one*", "more than happy", "other than that good")
    agree("smaller than expected* , useless")


def test_an_expectation_is_no_opinion() -> None:
    agree("i expected it would be* great*", "i thought it was great", "it would be great")
    agree("i expected worse , would recommend")


def test_what_is_ended_is_reversed() -> None:
    agree("it cured my* awful* rash*", "never fixed* the awful lag", "it failed to* impress* us*")
    agree("we stopped at a lovely cafe", "he fixed it brilliantly")


@given(st.lists(st.sampled_from(sorted(SHIFTERS | BREAKS | {"good", "i", ",", "think", "or"}))))
def test_only_words_are_reversed_and_only_if_there_is_a_shifter(words: list[str]) -> None:
    places = reversed_words(list(map(role, words)))
    assert places <= set(range(len(words)))
    assert not any(words[place] in BREAKS for place in places)
    assert not places or not SHIFTERS.isdisjoint(words)


@pytest.mark.parametrize(
    "piece", ["not", "not think", "no ,", "i", "would", "thought would", "wrong i", "? no", ", not"]
)
def test_time_is_linear_in_the_number_of_words(piece: str) -> None:
    def seconds(size: int) -> float:
        roles = list(map(role, piece.split() * size))
        start = time.thread_time()
        reversed_words(roles)
        return time.thread_time() - start

    # For 32 times the words linear time is 32 times as long, quadratic time 1,024 times.
    limit = 200 * max(min(seconds(500) for _ in range(3)), 1e-4)
    assert any(seconds(16_000) < limit for _ in range(3))
