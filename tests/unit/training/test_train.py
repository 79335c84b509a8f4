"""Training from a table to a published artifact: the card beside it, the gate before it."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from bento.model import artifact
from bento.model.model import Model
from tests.support.sentences import quiet, sentences
from training.card.page import page
from training.data import feedback, split
from training.data.domains import domains
from training.evaluation import gate
from training.evaluation.comparison import SHARES
from training.train import Published, RefusedError, judged, train

SYSTEMS = ["Valence", "classic recipe", "VADER", "TextBlob", "majority class"]
HOSTILE = "file:<script>alert(1)</script>$x^$.csv"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sentences(mislabelled=0.2, more={HOSTILE: ["positive", "negative"]})


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "HELD_OUT", {"imdb": 60, "tweets": 0.25})
        yield


@pytest.fixture(scope="module")
def corrected(table: pd.DataFrame) -> tuple[pd.DataFrame, feedback.Feedback]:
    rows = pd.DataFrame({"text": ["<img src=x> $fine$"], "label": ["positive"]})
    return feedback.merge(table, rows)


@pytest.fixture(scope="module")
def published(
    corrected: tuple[pd.DataFrame, feedback.Feedback], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Published, Path]:
    folder = tmp_path_factory.mktemp("published") / "artifact"
    rows, heard = corrected
    return train(rows, folder, quiet, feedback=heard, card=True), folder


def test_the_card_is_about_the_artifact(published: tuple[Published, Path]) -> None:
    made, folder = published
    assert sorted(path.name for path in folder.iterdir()) == [
        "arrays.npz",
        "artifact.json",
        "card.html",
        "card.json",
    ]
    card = json.loads((folder / "card.json").read_text())
    assert card["digest"] == artifact.load(folder).digest == made.digest
    assert made.digest in (folder / "card.html").read_text()
    assert card["data"]["feedback"]["used"] == 1
    assert card["gate"]["verdict"] == "no reference"


def test_the_digest_does_not_know_the_card(
    published: tuple[Published, Path],
    corrected: tuple[pd.DataFrame, feedback.Feedback],
    tmp_path: Path,
) -> None:
    made, folder = published
    (folder / "card.html").write_text((folder / "card.html").read_text() + "<!-- read -->")
    assert Model.load(folder).classify(["great"])
    rows, heard = corrected
    assert train(rows, tmp_path / "bare", quiet, feedback=heard).digest == made.digest
    assert not (tmp_path / "bare" / "card.html").exists()


def test_the_card_measures_every_domain_and_system(published: tuple[Published, Path]) -> None:
    card = published[0].card
    assert list(card["domains"]) == ["imdb", "tweets", "tweets, without neutral", HOSTILE]
    for name, domain in card["domains"].items():
        assert list(domain["systems"]) == SYSTEMS
        assert sum(map(sum, domain["confusion"])) == domain["rows"]
        assert [len(row) for row in domain["confusion"]] == [3] * len(domain["classes"])
        if "neutral" not in domain["classes"]:
            neutral = sum(row[1] for row in domain["confusion"]) / domain["rows"]
            assert neutral == domain["systems"]["Valence"]["neutral_rate"]["value"]
        assert sum(row["rows"] for row in domain["reliability"]) == domain["rows"]
        assert sum(row["rows"] for row in domain["confidence"]) == domain["rows"]
        ours = domain["systems"]["Valence"]["accuracy"]
        assert ours["low"] <= ours["value"] <= ours["high"]
        assert ours["value"] == published[0].manifest.metrics[name]["accuracy"]
    rows = [point["rows"] for point in card["curve"]]
    assert rows == sorted(rows)
    assert len(rows) == 1 + len(SHARES)
    assert all(len(terms) > 5 for terms in card["telling"].values())
    assert card["known_failures"]


def test_what_users_gave_is_escaped_and_nothing_is_loaded(
    published: tuple[Published, Path],
) -> None:
    html = (published[1] / "card.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$x^$.csv" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "http-equiv" in html
    assert "src=" not in html.replace("src=x", "")
    assert 'href="http' not in html


def worse(made: Published) -> dict[str, gate.Figures]:
    """A reference that `made` is worse than, on imdb."""
    figures = made.figures
    better = msgspec.structs.replace(figures["imdb"], accuracy=gate.Measure(1.3, 0.001))
    return {**figures, "imdb": better}


def test_a_worse_artifact_is_not_published(table: pd.DataFrame, tmp_path: Path) -> None:
    output = tmp_path / "artifact"
    first = train(table, output, quiet)
    with pytest.raises(
        RefusedError, match=r"^Not published.*imdb: accuracy .*%, ref.* 130"
    ) as told:
        train(table, output, quiet, reference=worse(first))
    assert "\n" not in str(told.value)
    assert artifact.load(output).manifest.created == first.manifest.created
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]
    assert train(table, output, quiet, reference=first.figures).verdict.worse == ()


@pytest.mark.parametrize(
    ("force", "accept", "says"),
    [(True, False, "Published by force"), (False, True, "These figures were accepted")],
)
def test_force_and_accept_publish_it(
    published: tuple[Published, Path],
    table: pd.DataFrame,
    tmp_path: Path,
    force: bool,
    accept: bool,
    says: str,
) -> None:
    reference = worse(published[0])
    made = train(table, tmp_path / "a", quiet, reference=reference, force=force, accept=accept)
    assert made.verdict.worse
    assert artifact.load(tmp_path / "a").digest == made.digest
    card = {**published[0].card, "gate": judged(made.verdict, reference, accept=accept)}
    html = page(card)
    assert says.lower() in html.lower()
    assert "They are worse" in html or force
    [line] = card["gate"]["worse"]
    assert line.startswith("imdb: accuracy ")
    assert line in html


def test_own_files_of_many_rows_are_measured_too(table: pd.DataFrame) -> None:
    test = table[split.test_rows(table)]
    assert (test["source"] == HOSTILE).sum() == round(0.1 * (table["source"] == HOSTILE).sum())
    few = table[~table.index.isin(table.index[table["source"] == HOSTILE][150:])]
    assert HOSTILE not in set(few[split.test_rows(few)]["source"])


def test_domains() -> None:
    rows = pd.DataFrame({"source": ["b", "a", "b"], "label": ["neutral", "positive", "negative"]})
    found = {name: inside.tolist() for name, inside in domains(rows).items()}
    assert found == {
        "a": [False, True, False],
        "b": [True, False, True],
        "b, without neutral": [False, False, True],
    }
