"""VADER's lexicon as training documents."""

from training import lexicon


def test_words_emoticons_and_emoji_are_documents() -> None:
    table = lexicon.documents({"goods": "good"}).set_index("term")
    assert table["label"]["good"] == table["label"][":)"] == table["label"]["😀"] == "positive"
    assert table["label"]["good_NEG"] == table["label"]["terrible"] == "negative"
    assert table["weight"]["good"] > table["weight"]["good_NEG"] > 0
    assert table["weight"].between(0, 4, inclusive="right").all()


def test_parts_of_emoticons_are_not_words() -> None:
    assert "8" not in set(lexicon.documents({})["term"])
