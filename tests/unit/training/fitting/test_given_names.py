"""Given names, which have no weight in the polarity."""

from pathlib import Path

from bento import settings
from bento.model.model import Model
from training.evaluation.checklist.words import WORDS
from training.fitting.given_names import have_name

FORM = "{} told me that the food was good."


def test_words_and_pairs_with_a_given_name_are_found_and_no_others() -> None:
    terms = ["emma", "emma_NEG", "with emma", "jose", "grace", "food", "the food", "<>"]
    assert have_name(terms).tolist() == [True, True, True, True, False, False, False, False]


def test_a_given_name_contributes_nothing() -> None:
    model = Model.load(Path(settings.load().bento_artifact_dir))
    texts = [FORM.format(name) for name in WORDS["names"]]
    for text, answer in zip(texts, model.explain(texts), strict=True):
        assert not [span for span in answer.spans if span.start < len(text.split()[0])], text
