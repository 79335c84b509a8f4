"""The model with the trained artifact, on texts of every kind."""

import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento import settings
from bento.model.artifact import load
from bento.model.model import CLASSES, Model

PIECES = [
    *(
        "no",
        "good",
        "bad",
        "not",
        "it's",
        " ",
        " ",
        " n't",
        "&lt;3",
        "&amp;",
        "&#128512;",
        "&bne;",
        "😀",
    ),
    *("👍🏽", "e\u0301", "\u200b", "oooooo", "!!!", ".", "@you", "http://x.y", "<br>", "𝐚", "ﷺ"),
]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(Path(settings.load().bento_artifact_dir))


@given(texts=st.lists(TEXTS, max_size=5))
def test_any_text_is_classified(model: Model, texts: list[str]) -> None:
    predictions = model.classify(texts)
    assert len(predictions) == len(texts)
    for prediction in predictions:
        assert prediction.sentiment in CLASSES
        assert 1 / 3 <= prediction.score <= 1
        assert prediction.confidence in {"high", "medium", "low"}
        assert 0 <= prediction.unknown <= 1


@given(text=TEXTS)
def test_an_explanation_sums_to_the_logit_of_the_answer(model: Model, text: str) -> None:
    [explained] = model.explain([text])
    [plain] = model.classify([text])
    [[negative, _, positive]] = model.probabilities([text]).tolist()
    assert explained.sentiment == plain.sentiment
    assert explained.confidence == plain.confidence
    assert math.isclose(explained.score, plain.score, abs_tol=1e-9)
    assert math.isclose(explained.unknown, plain.unknown, abs_tol=1e-9)
    contributions = sum(span.contribution for span in explained.spans)
    assert math.isclose(explained.intercept + contributions, explained.logit, abs_tol=1e-6)
    assert math.isclose(math.log(positive / negative), explained.logit, abs_tol=1e-6)
    sizes = [abs(span.contribution) for span in explained.spans]
    assert sizes == sorted(sizes, reverse=True)
    end = 0
    for span in sorted(explained.spans, key=lambda span: span.start):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sooooo gooood!", ["Sooooo", "gooood", "!"]),
        ("😀 &#128512; I &lt;3 it", ["😀", "&#128512;", "I", "&lt;3", "it"]),
        ("does n't wor\u200bk", ["does n't", "wor\u200bk"]),
        ("@you CAFÉ 𝐠𝐨𝐨𝐝", ["CAFÉ", "𝐠𝐨𝐨𝐝"]),
    ],
)
def test_spans_are_in_code_points_of_the_original(
    model: Model, text: str, words: list[str]
) -> None:
    spans = sorted(model.explain([text])[0].spans, key=lambda span: span.start)
    assert [text[span.start : span.end] for span in spans] == words


@pytest.mark.parametrize("text", ["Nope.", "no thank you", "nothing really\u200b", "n&#47;a"])
def test_a_reply_that_says_nothing_is_neutral_and_has_no_spans(model: Model, text: str) -> None:
    [answer] = model.explain([text])
    assert (answer.sentiment, answer.confidence, answer.unknown) == ("neutral", "high", 0)
    assert answer.spans == []
    assert answer.logit == answer.intercept


def test_repeated_words_share_the_contribution(model: Model) -> None:
    first, _, last = sorted(model.explain(["good, good"])[0].spans, key=lambda span: span.start)
    assert first.contribution > 0
    assert last.contribution > 0


@given(texts=st.lists(st.sampled_from(["good", "bad", "", "not good!", "zzqx", "fine 😀"])))
def test_an_answer_does_not_depend_on_the_other_texts(model: Model, texts: list[str]) -> None:
    alone = [model.classify([each])[0] for each in texts]
    for one, other in zip(alone, model.classify(texts), strict=True):
        assert one.sentiment == other.sentiment
        assert math.isclose(one.score, other.score, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("text", "sentiment", "confidence"),
    [
        ("This is a fantastic project and it works perfectly!", "positive", "high"),
        ("Terrible. A complete waste of time and money.", "negative", "high"),
        ("", "neutral", "low"),
        ("@someone", "neutral", "low"),
        ("@someone https://example.com/x", "neutral", "low"),
        ("!!!???", "neutral", "low"),
        ("zzqxw qqrrtt vvbbnn", "neutral", "low"),
        ("素晴らしい 映画 でした", "neutral", "low"),
        ("\x00\ud800", "neutral", "low"),
    ],
)
def test_known_answers(model: Model, text: str, sentiment: str, confidence: str) -> None:
    [answer] = model.classify([text])
    assert (answer.sentiment, answer.confidence) == (sentiment, confidence)


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("This is not bad", "positive"),
        ("not bad at all", "positive"),
        ("It isn't terrible", "positive"),
        ("I couldn't be happier", "positive"),
        ("Nobody liked this", "negative"),
        ("I don't like it", "negative"),
        ("It does n't work", "negative"),
        ("I did not like it at all", "negative"),
        ("👍", "positive"),
        ("😡", "negative"),
        ("I &lt;3 this", "positive"),
    ],
)
def test_negation_and_emoji_are_understood(model: Model, text: str, sentiment: str) -> None:
    assert model.classify([text])[0].sentiment == sentiment


def test_a_text_of_mostly_unknown_words_never_has_high_confidence(model: Model) -> None:
    [known] = model.classify(["this is so good"])
    [mixed] = model.classify(["c'etait so good"])
    assert known.confidence == "high"
    assert (mixed.sentiment, mixed.language, mixed.confidence) == ("positive", "en", "medium")
    assert mixed.unknown > 0.5
    assert mixed.score > 0.99


@pytest.mark.parametrize("text", ["movie", "the", "Monday", "film ."])
def test_a_single_word_never_has_high_confidence(model: Model, text: str) -> None:
    assert model.classify([text])[0].confidence != "high"


def test_unknown_is_the_idf_weighted_share_of_unseen_words(model: Model) -> None:
    shares = [answer.unknown for answer in model.classify(["good bad", "good zzqxw", "zzqxw", ""])]
    # An unseen word has a larger idf than a frequent one.
    assert shares == [0, pytest.approx(0.75, abs=0.2), 1, 1]


def test_a_repeated_unseen_word_counts_once(model: Model) -> None:
    texts = ["a great film by Zzqxw", "Zzqxw zzqxw ZZQXW: a great film by Zzqxw, zzqxw"]
    first, second = model.classify(texts)
    assert second.unknown == pytest.approx(first.unknown, abs=0.05)
    # Not the confidence: the language is recognised by the whole text, repetitions included.
    assert second.sentiment == first.sentiment
    assert [each.unknown for each in model.explain(texts)] == [first.unknown, second.unknown]
    many = model.classify(["a great film by Zzqxw and Yyqxw"])[0]
    assert many.unknown > first.unknown + 0.1


def test_punctuation_does_not_change_the_unknown_share(model: Model) -> None:
    plain, marked = model.classify(["good zzqxw", '"good" zzqxw... (!): ;'])
    assert marked.unknown == pytest.approx(plain.unknown, abs=1e-9)
    assert model.classify(["zzqxw! (zzqyw); zzqzw."])[0].unknown == 1


def test_mostly_unknown_texts_get_no_opinion(model: Model) -> None:
    for explained in model.explain(["", "zzqxw zzqyw zzqzw good"]):
        assert explained.score == pytest.approx(1 / 3, abs=1e-6)
        assert (explained.logit, explained.intercept, explained.spans) == (0, 0, [])
        assert math.copysign(1, explained.intercept) == 1


def test_probabilities_sum_to_1(model: Model) -> None:
    table = model.probabilities(["good", "bad", "", "a " * 1000])
    assert table.shape == (4, 3)
    assert table.sum(axis=1) == pytest.approx(1)


def test_no_texts_give_no_answers(model: Model) -> None:
    assert model.classify([]) == []
    assert model.explain([]) == []
    assert model.probabilities([]).shape == (0, 3)
    assert model.logits([]).shape == (0, 5)


def test_the_model_has_the_digest_of_the_artifact(model: Model) -> None:
    assert model.digest == load(Path(settings.load().bento_artifact_dir)).digest


@pytest.mark.parametrize("piece", ["word{} good ", "not a{} ", "good &lt; ", "a\u200b{} ", "😀"])
@pytest.mark.parametrize("method", ["classify", "explain"])
def test_time_is_linear_in_the_length_of_the_text(model: Model, method: str, piece: str) -> None:
    raw = "".join(piece.format(i) for i in range(128_000 // len(piece) + 1))

    def seconds(size: int) -> float:
        start = time.thread_time()
        getattr(model, method)([raw[:size]])
        return time.thread_time() - start

    # For 32 times the text linear time is 32 times as long, quadratic time 1,024 times. The limit
    # leaves room for a noisy machine on one side and for small constants on the other.
    limit = 200 * min(seconds(4_000) for _ in range(3))
    assert any(seconds(128_000) < limit for _ in range(3))
