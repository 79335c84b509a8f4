"""Training on a few sentences: the model card, and the `train` command with its gate."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from bento.model import artifact
from bento.model.model import Model
from tests.support.sentences import quiet, sentences
from training.__main__ import cli
from training.card.page import page
from training.data import feedback, split
from training.evaluation import gate
from training.evaluation.comparison import SHARES
from training.train import Published, train

SYSTEMS = ["Valence", "classic recipe", "VADER", "TextBlob", "majority class"]
HOSTILE = "file:<script>alert(1)</script>$x^$.csv"


@pytest.fixture(autouse=True, scope="module")
def small_held_out_part() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "HELD_OUT", {"imdb": 60, "tweets": 0.25})
        yield


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sentences(mislabelled=0.2, more_sources={HOSTILE: ["positive", "negative"]})


@pytest.fixture(scope="module")
def corrected(table: pd.DataFrame) -> tuple[pd.DataFrame, feedback.Feedback]:
    corrections = pd.DataFrame(
        {
            "text": ["<img src=x> $fine$", *(f"number {n} is fine" for n in range(30))],
            "label": "positive",
            "comment_id": [f"id-{n}" for n in range(31)],
            "timestamp": "2025-10-25T19:30:00.123Z",
            "model": "<script>alert(2)</script>",
        }
    )
    return feedback.merge(table, corrections)


@pytest.fixture(scope="module")
def published(
    corrected: tuple[pd.DataFrame, feedback.Feedback], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Published, Path]:
    folder = tmp_path_factory.mktemp("published") / "artifact"
    rows, merged = corrected
    return train(rows, folder, quiet, corrections=merged, card=True), folder


def test_the_card_describes_the_artifact(published: tuple[Published, Path]) -> None:
    result, folder = published
    assert sorted(path.name for path in folder.iterdir()) == [
        "arrays.npz",
        "artifact.json",
        "card.html",
        "card.json",
        "corrections.csv",
    ]
    card = json.loads((folder / "card.json").read_text())
    assert card["digest"] == artifact.load(folder).digest == result.artifact.digest
    assert card["digest"] in (folder / "card.html").read_text()
    given = card["data"]["feedback"]
    assert given["used"] + given["measured"] == 31
    assert given["measured"] == card["domains"]["feedback"]["rows"] > 0
    assert given["models"] == {"<script>alert(2)</script>": 31}
    assert (folder / "corrections.csv").read_text().count("measured") == given["measured"]
    assert card["gate"]["verdict"] == "no reference"


def test_the_digest_does_not_cover_the_card(
    published: tuple[Published, Path],
    corrected: tuple[pd.DataFrame, feedback.Feedback],
    tmp_path: Path,
) -> None:
    result, folder = published
    (folder / "card.html").write_text((folder / "card.html").read_text() + "<!-- edited -->")
    assert Model.load(folder).classify(["great"])
    rows, merged = corrected
    bare = train(rows, tmp_path / "bare", quiet, corrections=merged)
    assert bare.artifact.digest == result.artifact.digest
    assert not (tmp_path / "bare" / "card.html").exists()


def test_the_card_measures_every_domain_and_system(published: tuple[Published, Path]) -> None:
    card = published[0].card
    assert list(card["domains"]) == [
        "feedback",
        "imdb",
        "tweets",
        "tweets, without neutral",
        HOSTILE,
    ]
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
        assert ours["value"] == published[0].artifact.manifest.metrics[name]["accuracy"]
    rows = [point["rows"] for point in card["curve"]]
    assert rows == sorted(rows)
    assert len(rows) == 1 + len(SHARES)
    assert all(len(terms) > 5 for terms in card["top_terms"].values())
    assert card["known_failures"]


def test_user_input_is_escaped_and_nothing_is_loaded(published: tuple[Published, Path]) -> None:
    html = (published[1] / "card.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$x^$.csv" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "http-equiv" in html
    assert "src=" not in html.replace("src=x", "")
    assert 'href="http' not in html


@pytest.mark.parametrize(
    ("force", "accept", "verdict"),
    [(True, False, "Published by force"), (False, True, "These figures were accepted")],
)
def test_force_and_accept_publish_a_worse_artifact(
    published: tuple[Published, Path],
    corrected: tuple[pd.DataFrame, feedback.Feedback],
    tmp_path: Path,
    force: bool,
    accept: bool,
    verdict: str,
) -> None:
    figures = published[0].figures
    better = msgspec.structs.replace(figures["imdb"], accuracy=gate.Measure(1.3, 0.001))
    reference = {**figures, "imdb": better}
    rows, _ = corrected
    result = train(rows, tmp_path / "a", quiet, reference=reference, force=force, accept=accept)
    assert result.verdict.worse
    assert artifact.load(tmp_path / "a").digest == result.artifact.digest
    summary = result.verdict.summary(compared=True, accepted=accept)
    html = page({**published[0].card, "gate": summary})
    assert verdict.lower() in html.lower()
    assert "They are worse" in html or force
    [line] = summary["worse"]
    assert line.startswith("imdb: accuracy ")
    assert line in html


def test_the_train_command_refuses_worse_figures_until_they_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.commands.train.load_data", lambda *_: sentences(mislabelled=0.2))
    baseline, output = tmp_path / "baseline.json", tmp_path / "artifact"
    gate.write(baseline, {"imdb": gate.Figures(60, gate.Measure(1.2, 0), gate.Measure(0, 0))})

    def train_command(*options: str) -> Result:
        command = ["train", "--baseline", str(baseline), "--output", str(output), *options]
        return CliRunner().invoke(cli, command)

    refused = train_command()
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: Not published, worse than the")
    assert "reference 120.00%" in refused.stderr
    assert not output.exists()
    accepted = train_command("--accept")
    assert accepted.exit_code == 0
    assert str(output / "card.html") in accepted.output
    assert "classic" in accepted.output
    assert "gate: accepted, although worse than the reference: imdb: accuracy" in accepted.stderr
    card = json.loads((output / "card.json").read_text())
    assert card["gate"]["verdict"] == "accepted"
    assert "reference 120.00%" in card["gate"]["worse"][0]
    assert {"imdb", "tweets", "behaviour “Plain praise”"} < gate.read(baseline).keys()
