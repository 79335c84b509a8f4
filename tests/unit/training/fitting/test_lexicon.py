"""The valences of VADER's lexicon."""

from training.fitting import lexicon


def test_words_emoticons_and_emoji_have_a_valence() -> None:
    valences = lexicon.valences()
    assert min(valences["good"], valences[":)"], valences["😀"], valences["👍"]) > 0
    assert max(valences["terrible"], valences["good_NEG"], valences[":("]) < 0
    assert valences["good"] > -valences["good_NEG"] > 0
    assert all(0 < abs(valence) <= 4 for valence in valences.values())


def test_parts_of_emoticons_are_not_words() -> None:
    assert not {"8", "3", ":", "("} & lexicon.valences().keys()
