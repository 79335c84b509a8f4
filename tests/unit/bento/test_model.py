"""The model on texts of every kind, with the trained artifact."""

import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento import settings
from bento.artifact import load
from bento.model import CLASSES, Model


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(Path(settings.read().artifact_dir))


@given(texts=st.lists(st.text(), max_size=5))
def test_any_text_is_classified(model: Model, texts: list[str]) -> None:
    predictions = model.classify(texts)
    assert len(predictions) == len(texts)
    for prediction in predictions:
        assert prediction.sentiment in CLASSES
        assert 1 / 3 <= prediction.score <= 1
        assert prediction.confidence in {"high", "medium", "low"}
        assert 0 <= prediction.unknown <= 1


@given(texts=st.lists(st.sampled_from(["good", "bad", "", "not good!", "zzqx", "fine 😀"])))
def test_an_answer_does_not_depend_on_its_neighbours(model: Model, texts: list[str]) -> None:
    alone = [model.classify([each])[0] for each in texts]
    for one, other in zip(alone, model.classify(texts), strict=True):
        assert one.sentiment == other.sentiment
        assert math.isclose(one.score, other.score, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("text", "sentiment", "confidence"),
    [
        ("This is a fantastic project and it works perfectly!", "positive", "high"),
        ("Terrible. A complete waste of time and money.", "negative", "high"),
        ("", "neutral", "low"),
        ("@someone https://example.com/x", "neutral", "low"),
        ("zzqxw qqrrtt vvbbnn", "neutral", "low"),
        ("\x00\ud800", "neutral", "low"),
    ],
)
def test_known_answers(model: Model, text: str, sentiment: str, confidence: str) -> None:
    [answer] = model.classify([text])
    assert (answer.sentiment, answer.confidence) == (sentiment, confidence)


def test_unknown_is_the_share_of_unseen_tokens(model: Model) -> None:
    shares = [answer.unknown for answer in model.classify(["good bad", "good zzqxw", "zzqxw", ""])]
    assert shares == [0, 0.5, 1, 1]


def test_probabilities_add_up(model: Model) -> None:
    table = model.probabilities(["good", "bad", "", "a " * 1000])
    assert table.shape == (4, 3)
    assert table.sum(axis=1) == pytest.approx(1)


def test_no_texts_no_answers(model: Model) -> None:
    assert model.classify([]) == []
    assert model.probabilities([]).shape == (0, 3)
    assert model.logits([]).shape == (0, 2)


def test_the_digest_is_the_artifacts(model: Model) -> None:
    assert model.digest == load(Path(settings.read().artifact_dir)).digest


def test_time_grows_no_faster_than_the_text(model: Model) -> None:
    words = " ".join(f"word{i} good" for i in range(10_000))

    def seconds(size: int) -> float:
        start = time.thread_time()
        model.classify([words[:size]])
        return time.thread_time() - start

    assert min(seconds(100_000) for _ in range(3)) < 40 * min(seconds(10_000) for _ in range(3))
