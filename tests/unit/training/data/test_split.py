"""The held-out part: it is stable and never leaks into training."""

import pandas as pd
import pytest

from training.data import split


def table(sizes: dict[str, int]) -> pd.DataFrame:
    rows = [
        (source, f"{source} text {i} with some words")
        for source, n in sizes.items()
        for i in range(n)
    ]
    return pd.DataFrame(rows, columns=["source", "words"])


@pytest.fixture(autouse=True)
def small_held_out_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "HELD_OUT", {"imdb": 7, "tweets": 0.1})


def chosen(data: pd.DataFrame) -> set[str]:
    return set(data["words"][split.test_rows(data)])


def test_the_held_out_part_has_the_exact_size() -> None:
    data = table({"imdb": 50, "tweets": 200, "mine.csv": 30})
    counts = data["source"][split.test_rows(data)].value_counts().to_dict()
    assert counts == {"imdb": 7, "tweets": 20}


def test_the_held_out_part_depends_on_the_words_alone() -> None:
    data = table({"imdb": 50})
    more = pd.concat([table({"mine.csv": 30}), data.sample(frac=1, random_state=1)])
    assert chosen(more.reset_index(drop=True)) == chosen(data)


def test_near_duplicates_stay_together() -> None:
    start = "one two three four five six seven eight nine ten"
    words = [f"{start} {ending}" for ending in ("eleven", "twelve", "")] + [
        f"text {i}" for i in range(20)
    ]
    data = pd.DataFrame({"source": "imdb", "words": words})
    rows = split.test_rows(data)
    assert rows.sum() == 7
    assert rows[:3].nunique() == 1


def test_large_files_of_the_user_are_held_out_in_part() -> None:
    data = table({"file:large.csv": 200, "file:small.csv": 199})
    counts = data["source"][split.test_rows(data)].value_counts().to_dict()
    assert counts == {"file:large.csv": 20}


def test_copies_of_held_out_rows_in_other_sources_are_not_trained_on() -> None:
    data = table({"imdb": 50})
    copies = data.assign(source="mine.csv")
    both = pd.concat([data, copies], ignore_index=True)
    training = both[split.training_rows(both)]
    assert not set(training["words"]) & chosen(both)
    assert len(training) == 2 * (50 - 7)


def test_domains_are_the_sources_and_those_with_neutral_rows_without_them() -> None:
    rows = pd.DataFrame(
        {
            "source": ["file:a", "c", "b", "c"],
            "label": ["positive", "neutral", "positive", "negative"],
        }
    )
    masks = {name: mask.tolist() for name, mask in split.domains(rows).items()}
    assert masks == {
        "b": [False, False, True, False],
        "c": [False, True, False, True],
        "c, without neutral": [False, False, False, True],
        "file:a": [True, False, False, False],
    }
    assert list(masks) == ["b", "c", "c, without neutral", "file:a"]
