"""Words of other languages."""

from bento.model.reading.text import tokenise
from training.fitting import features
from training.fitting.foreign import is_foreign


def test_terms_with_foreign_words_are_recognised() -> None:
    assert all(map(is_foreign, ["ist", "ist so", "so muy", "nicht_NEG", *tokenise("c’est très")]))
    assert not any(map(is_foreign, ["die", "so bad", "not good", "was", "c", ".", "good_NEG"]))


def test_no_model_knows_them() -> None:
    documents = [tokenise("Das ist so bad")] * 5
    vectoriser, _ = features.vectorise(documents, always=[], min_tokens=1, min_pairs=1, damping=1.0)
    assert set(vectoriser[0].get_feature_names_out()) == {"so", "bad", "so bad"}
