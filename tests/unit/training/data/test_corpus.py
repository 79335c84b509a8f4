"""Our own comments: varied, balanced, and apart from the behaviour suite."""

import re
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest

from training.data import corpus
from training.evaluation.checklist.labelled import labelled
from training.evaluation.checklist.words import WORDS

WORD = re.compile(r"[\w']+")
LINK = re.compile(r"https?://\S+")
RATING = re.compile(r"[\d.]+(?:/| out of )\d+")


@pytest.fixture(scope="module")
def comments() -> pd.DataFrame:
    return corpus.read()


def grams(text: str, size: int) -> set[tuple[str, ...]]:
    words = WORD.findall(text.lower())
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def plain(text: str) -> str:
    return text.lower().strip(" .!")


def test_no_domain_is_in_two_parts(comments: pd.DataFrame) -> None:
    domains = comments.groupby("domain")["source"].nunique()
    assert (domains == 1).all()
    parts = {corpus.COMMENTS, corpus.POSTS, corpus.UNSEEN, corpus.UNSEEN_POSTS}
    assert set(comments["source"]) == parts


def test_it_is_large_enough(comments: pd.DataFrame) -> None:
    counts = comments["source"].value_counts()
    assert counts[corpus.COMMENTS] >= 12_000
    assert counts[corpus.POSTS] >= 12_000
    assert counts[corpus.UNSEEN_POSTS] >= 700
    # A fifth of the comments.
    share = counts[corpus.UNSEEN] / (counts[corpus.UNSEEN] + counts[corpus.COMMENTS])
    assert 0.15 < share < 0.25


def test_each_comment_was_labelled_twice(comments: pd.DataFrame) -> None:
    counts = pd.read_csv(Path(corpus.__file__).with_name("agreement.csv"), index_col="domain")
    there = comments["domain"].value_counts()
    assert set(counts.index) == set(there.index)
    there = there[counts.index]
    # What two readings disagree on is left out.
    assert (there <= counts["agreed"]).all()
    about = corpus.about()
    assert about["labelled"] > about["agreed"] >= len(comments)


def test_labels_are_balanced(comments: pd.DataFrame) -> None:
    for _, part in comments.groupby("source"):
        shares = part["label"].value_counts(normalize=True)
        assert 0.35 < shares["neutral"] < 0.55
        assert 0.7 < shares["positive"] / shares["negative"] < 1.3


def test_few_phrases_are_repeated(comments: pd.DataFrame) -> None:
    # Of a larger corpus more phrases are repeated, however varied it is.
    texts = comments["text"].sample(12_000, random_state=0)
    counts = Counter(chain.from_iterable(grams(text, 4) for text in texts))
    repeated = sum(count for count in counts.values() if count > 1)
    assert repeated / counts.total() < 0.04
    assert max(counts.values()) < 0.002 * len(texts)


def test_no_comment_is_there_twice(comments: pd.DataFrame) -> None:
    texts = comments["text"].map(plain)
    longer = texts[texts.map(lambda text: len(text.split())) > 3]
    assert not longer.duplicated().any(), longer[longer.duplicated()].tolist()


def test_no_post_resembles_another_one(comments: pd.DataFrame) -> None:
    posts = comments["text"][comments["source"] == corpus.POSTS]
    phrases = [grams(LINK.sub("", text), 4) for text in posts]
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, own in enumerate(phrases):
        shared = Counter(other for phrase in own for other in places[phrase])
        for other, count in shared.items():
            alike = count / max(len(own), len(phrases[other]))
            assert alike < 0.5 or len(own) < 2, (posts.iloc[number], posts.iloc[other])
        for phrase in own:
            places[phrase].append(number)


def test_links_lead_nowhere(comments: pd.DataFrame) -> None:
    hosts = comments["text"].str.extractall(r"https?://([\w.-]+)")[0].str.strip(".").str.lower()
    assert set(hosts.str.extract(r"([\w-]+\.\w+)$")[0]) <= {"example.com", "example.org"}


def test_they_are_apart_from_the_behaviour_suite(comments: pd.DataFrame) -> None:
    """No sentence of the suite shares half of its phrases with a comment, or is one. A rating is no
    sentence, nor is what the templates of words.toml make ("The film is good.")."""
    cases = [text for each in labelled() for case in each.cases for text in case]
    phrases = {text: grams(RATING.sub("0", text), 3) for text in chain(*WORDS.values(), cases)}
    tested: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text, own in phrases.items():
        for phrase in own if len(own) > 1 else ():
            tested[phrase].append(text)
    for comment in comments["text"]:
        own = grams(RATING.sub("0", comment), 3)
        for text, count in Counter(text for phrase in own for text in tested[phrase]).items():
            assert count < 0.5 * min(len(own), len(phrases[text])), (comment, text)
    same = {plain(text) for text in cases} & set(comments["text"].map(plain))
    assert not same, same
