"""The behaviour suite."""

from pathlib import Path

from bento.model.model import Sentiment
from training.evaluation import gate
from training.evaluation.behaviour import Answer, Behaviour
from training.evaluation.checklist.labelled import labelled
from training.evaluation.checklist.suite import suite


def test_the_suite_has_some_hundred_cases_and_is_always_the_same() -> None:
    behaviours = suite()
    assert {each.kind for each in behaviours} == {"MFT", "INV", "DIR"}
    assert len({each.name for each in behaviours}) == len(behaviours)
    assert 500 < sum(len(each.cases) for each in behaviours) < 3_000
    assert [each.cases for each in behaviours] == [each.cases for each in suite()]


def test_cases_are_distinct_and_templates_are_filled_in() -> None:
    for behaviour in suite():
        assert {len(case) for case in behaviour.cases} == {1 if behaviour.kind == "MFT" else 2}
        assert len(set(behaviour.cases)) == len(behaviour.cases)
        for case in behaviour.cases:
            assert len(set(case)) == len(case)
            assert not any("{" in text for text in case)


def test_the_gate_compares_each_behaviour_of_the_reference_on_as_many_cases() -> None:
    reference = {
        name: figures.rows
        for name, figures in gate.read(Path(gate.__file__).parents[1] / "baseline.json").items()
        if name.startswith("behaviour")
    }
    results = [{"name": each.name, "cases": len(each.cases), "passed": 0} for each in suite()]
    cases = {name: figures.rows for name, figures in gate.behaviour_figures(results).items()}
    assert len(reference) > 30
    assert reference.items() <= cases.items()


def answered(behaviour: Behaviour, sentiment: Sentiment) -> set[str]:
    """The texts of a behaviour for which a sentiment is a right answer."""
    return {
        text
        for (text,) in behaviour.cases
        if behaviour.expected([Answer(text, sentiment, 0.9, "high", 0.0)])
    }


def test_labelled_cases_accept_their_labels_only() -> None:
    behaviours = {each.name: each for each in labelled()}
    ratings = behaviours["Ratings"]
    assert "Saw the matinee, 4.5/5" in answered(ratings, "positive")
    assert "Saw the matinee, ★★☆☆☆" in answered(ratings, "negative")
    assert "Saw the matinee, 3/5" in answered(ratings, "neutral")
    assert not answered(ratings, "positive") & answered(ratings, "negative")
    wishes = behaviours["Wishes and lacks"]
    assert not answered(wishes, "positive")
    assert answered(wishes, "neutral") < answered(wishes, "negative")


def test_each_labelled_behaviour_has_enough_cases_to_show_a_share() -> None:
    for behaviour in labelled():
        assert 12 <= len(behaviour.cases) <= 40, behaviour.name
