"""The behaviour suite: what passes, what fails, and what is told about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bento.model.model import CLASSES, Model, Prediction
from bento.settings import load
from training.evaluation import checklist
from training.evaluation.behaviour import Answer, Behaviour, falls, is_any, rises, run, same


class Parrot(Model):
    """Calls a text positive if it says "good", else negative."""

    def __init__(self) -> None: ...

    def probabilities(self, texts: Sequence[str]) -> Any:
        return np.array([[0.1, 0, 0.9] if "good" in text else [0.9, 0, 0.1] for text in texts])

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        answers = self.probabilities(texts).argmax(axis=1)
        return [Prediction(CLASSES[answer], 0.9, "high", 0.0) for answer in answers]


def test_cases_are_counted_and_failures_shown() -> None:
    cases = (("good",), ("not good",), ("bad",), *(("bad, not good",),) * 4)
    [found] = run(Parrot(), [Behaviour("MFT", "Negation", cases, is_any("negative"))])
    assert (found["kind"], found["name"]) == ("MFT", "Negation")
    assert (found["cases"], found["passed"]) == (7, 1)
    assert len(found["failures"]) == 3
    assert found["failures"][1] == [{"text": "not good", "sentiment": "positive", "score": 0.9}]


def test_variants_stay_with_their_original() -> None:
    cases = (("good", "good!"), ("good", "gold"))
    [found] = run(Parrot(), [Behaviour("INV", "Typos", cases, same)])
    assert found["passed"] == 1
    assert [answer["text"] for answer in found["failures"][0]] == ["good", "gold"]


@pytest.mark.parametrize(
    ("polarities", "up", "down"),
    [((0.0, 0.5), True, False), ((0.0, -0.5), False, True), ((0.0, 0.09), True, True)],
)
def test_directions(polarities: tuple[float, ...], up: bool, down: bool) -> None:
    answers = [Answer("", "neutral", 0.5, "low", each) for each in polarities]
    assert rises(answers) is up
    assert falls(answers) is down


def test_the_suite_is_some_hundred_cases_and_always_the_same() -> None:
    suite = checklist.suite()
    assert {each.kind for each in suite} == {"MFT", "INV", "DIR"}
    assert len({each.name for each in suite}) == len(suite)
    assert 500 < sum(len(each.cases) for each in suite) < 2000
    assert [each.cases for each in suite] == [each.cases for each in checklist.suite()]
    for each in suite:
        assert {len(case) for case in each.cases} == {1 if each.kind == "MFT" else 2}
        assert len(set(each.cases)) == len(each.cases)
        for case in each.cases:
            assert len(set(case)) == len(case)
            assert not any("{" in text for text in case)


def test_the_trained_model_can_do_the_simplest() -> None:
    model = Model.load(Path(load().bento_artifact_dir))
    found = {row["name"]: row["passed"] / row["cases"] for row in run(model, checklist.suite())}
    assert found["Plain blame"] > 0.9
    assert found["Saying what one dislikes"] > 0.8
    assert found["Capitals and lower case"] == 1
