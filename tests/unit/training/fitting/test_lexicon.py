"""The lexicons of VADER, TextBlob and our own."""

import pandas as pd

from bento.model.reading import text
from training.fitting import lexicon


def test_words_emoticons_and_emoji_have_a_valence() -> None:
    valences = lexicon.valences()
    assert min(valences["good"], valences[":)"], valences["😀"], valences["👍"]) > 0
    assert max(valences["terrible"], valences["good_NEG"], valences[":("]) < 0
    assert valences["good"] > -valences["good_NEG"] > 0
    assert all(0 < abs(valence) <= 4 for valence in valences.values())


def test_parts_of_emoticons_are_not_words() -> None:
    assert not {"8", "3", ":", "("} & lexicon.valences().keys()


def test_opinions_are_bounded_and_negated() -> None:
    for entries in lexicon.opinions():
        assert all(-1 <= polarity <= 1 and 0 <= how <= 1 for polarity, how in entries.values())
        assert entries["awful"][0] < 0 < entries["awful_NEG"][0]
        assert entries["delicious"][0] > 0 > entries["delicious_NEG"][0]


def test_our_entries_are_terms_that_tell_something() -> None:
    _, ours = lexicon.opinions()
    assert ours["much better"][0] > 0 > ours["not worth"][0]
    for path in sorted(lexicon.OWN.glob("*.csv")):
        table = pd.read_csv(path, keep_default_na=False)
        assert table["entry"].is_unique
        assert table["valence"].between(-4, 4).all()
        assert table["opinion"].between(0, 3).all()
        assert ((table["valence"] != 0) | (table["opinion"] > 0)).all()
        # In the form of terms: words of the tokeniser, at most two.
        for entry in table["entry"]:
            words = entry.split(" ")
            assert len(words) <= 2
            # Alone, some entries are replies that say nothing.
            assert text.tokenise(f"{entry} zebra") == [*words, "zebra"], entry
