"""Behavioural tests: what passes, what fails, and the examples of failures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from bento.model.model import CLASSES, Model, Prediction, Sentiment
from training.evaluation.behaviour import (
    Answer,
    Behaviour,
    falls,
    is_any,
    is_labelled,
    rises,
    run,
    same,
)


class KeywordModel(Model):
    """Calls a text positive if it contains "good", else negative."""

    def __init__(self) -> None: ...

    def probabilities(self, texts: Sequence[str]) -> Any:
        return np.array([[0.1, 0, 0.9] if "good" in text else [0.9, 0, 0.1] for text in texts])

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        answers = self.probabilities(texts).argmax(axis=1)
        return [Prediction(CLASSES[answer], 0.9, "high", 0.0, "en") for answer in answers]


def test_cases_are_counted_and_failures_shown() -> None:
    cases = (("good",), ("not good",), ("bad",), *(("bad, not good",),) * 4)
    [result] = run(KeywordModel(), [Behaviour("MFT", "Negation", cases, is_any("negative"))])
    assert (result["kind"], result["name"]) == ("MFT", "Negation")
    assert (result["cases"], result["passed"]) == (7, 1)
    assert len(result["failures"]) == 3
    assert result["failures"][1] == [{"text": "not good", "sentiment": "positive", "score": 0.9}]


def test_each_text_may_have_answers_of_its_own() -> None:
    cases = (("good",), ("bad",), ("so-so",), ("not good",))
    labels: dict[str, list[Sentiment]] = {
        "good": ["positive"],
        "bad": ["negative"],
        "so-so": ["negative", "neutral"],
        "not good": ["negative"],
    }
    [result] = run(KeywordModel(), [Behaviour("MFT", "Mixed", cases, is_labelled(labels))])
    assert [case[0]["text"] for case in result["failures"]] == ["not good"]


def test_failures_show_the_original_and_the_variant() -> None:
    cases = (("good", "good!"), ("good", "gold"))
    [result] = run(KeywordModel(), [Behaviour("INV", "Typos", cases, same)])
    assert result["passed"] == 1
    assert [answer["text"] for answer in result["failures"][0]] == ["good", "gold"]


@pytest.mark.parametrize(
    ("polarities", "up", "down"),
    [((0.0, 0.5), True, False), ((0.0, -0.5), False, True), ((0.0, 0.09), True, True)],
)
def test_changes_of_polarity_within_the_tolerance_pass(
    polarities: tuple[float, ...], up: bool, down: bool
) -> None:
    answers = [Answer("", "neutral", 0.5, "low", each) for each in polarities]
    assert rises(answers) is up
    assert falls(answers) is down
