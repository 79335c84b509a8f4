"""`training drift` and `training reference`: what they count, show and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import drift
from bento import settings
from bento.model.artifact import Artifact, load, save
from bento.model.model import Model
from bento.model.reference import HELD_OUT, MEASURES, RECORDED, TRAINING
from training.__main__ import cli
from training.data import corpus
from training.drift import references
from training.drift.report import label
from training.drift.sample import Sample

HOSTILE = "<script>alert(1)</script>\x1b[2J"
FOREIGN = "Zxqv wmpf grblk {} vnnty prrk"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Comments that no artifact trains on."""
    table = corpus.read().query("source == @corpus.UNSEEN")
    return list(table["text"].sample(2_400, random_state=1))


@pytest.fixture(scope="module")
def plain() -> Artifact:
    """An artifact without references."""
    return references.attach(load(Path(settings.load().bento_artifact_dir)), {})


@pytest.fixture(scope="module")
def model(plain: Artifact) -> Model:
    return Model(plain)


@pytest.fixture(scope="module")
def folder(
    plain: Artifact, model: Model, texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Of an artifact whose reference is half of the texts."""
    folder = tmp_path_factory.mktemp("drift") / "artifact"
    found = references.of_rows(model, rows(texts[:300], texts[:1_200]))
    save(references.attach(plain, found), folder)
    return folder


def rows(training: list[str], held_out: list[str]) -> pd.DataFrame:
    """Our comments, and a post beside them, which is not in a reference."""
    sources = (corpus.COMMENTS, corpus.POSTS), (corpus.UNSEEN, corpus.UNSEEN_POSTS)
    parts = [
        pd.DataFrame({"text": [*texts, "a post"], "source": [comments] * len(texts) + [posts]})
        for texts, (comments, posts) in zip((training, held_out), sources, strict=True)
    ]
    return pd.concat(parts)


def export(path: Path, texts: list[str], *, model: str = "sha256:other") -> Path:
    """A file of records, oldest last."""
    rows = [
        {
            "comment_id": f"id-{n}",
            "timestamp": f"2025-10-25T{23 - n // 3600:02}:{59 - n // 60 % 60:02}:00.000Z",
            "original_comment": text,
            "sentiment": "neutral",
            "score": "0.5000",
            "confidence": "low",
            "model": model,
        }
        for n, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "\n")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)])


def as_json(file: Path, folder: Path) -> dict[str, Any]:
    done = run("drift", "--from", file, "--artifact", folder, "--json")
    assert done.exit_code == 0, done.output
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_comments_are_counted_as_the_model_reads_them(model: Model) -> None:
    sample = Sample()
    sample.add(model, ["I love it", "", FOREIGN, "I love it. " * 500])
    assert sample.comments == 4
    assert sample.counts["sentiment"] == {"negative": 0, "neutral": 2, "positive": 2}
    assert sample.counts["unknown_words"]["0.0"] == 2
    assert sample.counts["unknown_words"]["1.0"] == 2
    assert sample.counts["characters"]["+Inf"] == 1
    assert sample.counts["characters"]["10.0"] == 2
    assert all(tuple(sample.counts[name]) == bins for name, bins in MEASURES.items())


def test_comments_of_the_same_kind_do_not_drift(
    folder: Path, texts: list[str], tmp_path: Path
) -> None:
    result = as_json(export(tmp_path / "x", texts[1_200:]), folder)
    assert result["index"] < drift.NOTICEABLE
    assert (result["comments"], result["enough"]) == (1_200, True)
    assert result["reference"] == {"data": HELD_OUT, "source": corpus.UNSEEN, "comments": 1_200}
    assert result["since"] < result["until"] == "2025-10-25T23:59:00.000Z"
    assert result["answered_by"] == [{"model": "sha256:other", "comments": 1_200}]
    for measure in result["measures"]:
        for data in ("reference", "now"):
            assert sum(each[data] for each in measure["bins"]) == pytest.approx(1)


def test_other_comments_drift(folder: Path, texts: list[str], tmp_path: Path) -> None:
    mixed = texts[1_200:1_800] + [FOREIGN.format(n) for n in range(600)]
    result = as_json(export(tmp_path / "x", mixed), folder)
    index = {each["measure"]: each["index"] for each in result["measures"]}
    assert index["unknown_words"] > drift.LARGE
    assert result["index"] == max(index.values())
    [words] = [each for each in result["measures"] if each["measure"] == "unknown_words"]
    assert words["training_index"] > drift.LARGE
    assert next(each["now"] for each in words["bins"] if each["bin"] == "1.0") >= 0.5


def test_the_exit_code_is_that_of_the_limit(folder: Path, texts: list[str], tmp_path: Path) -> None:
    file = export(tmp_path / "x", texts[1_200:])
    arguments: list[str | Path] = ["drift", "--from", file, "--artifact", folder, "--max-psi"]
    assert run(*arguments, "0.25").exit_code == 0
    done = run(*arguments, "0")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("Error: The index of ")
    few = export(tmp_path / "few", texts[: drift.LEAST_COMMENTS - 1])
    done = run("drift", "--from", few, "--artifact", folder, "--max-psi", "9")
    assert done.exit_code == 1
    assert done.stderr.endswith("499 comments are too few for --max-psi: it takes 500.\n")
    assert "Below 500 comments chance alone may move the index" in done.stdout


def test_the_report_is_readable_and_escaped(
    plain: Artifact, model: Model, texts: list[str], tmp_path: Path
) -> None:
    found = references.of_rows(model, rows([], texts[:500]))
    found[HELD_OUT] = type(found[HELD_OUT])(HOSTILE, found[HELD_OUT].counts)
    save(references.attach(plain, found), tmp_path / "artifact")
    file, page = export(tmp_path / "x", texts[:600], model=HOSTILE), tmp_path / "drift.html"
    done = run("drift", "--from", file, "--artifact", tmp_path / "artifact", "--html", page)
    assert done.exit_code == 0, done.output
    for shown in ("unknown words", "no change to speak of", "Other models answered 600", "█"):
        assert shown in done.stdout
    assert "\x1b[2J" not in done.stdout
    html = page.read_text()
    assert html.count("<svg") == len(MEASURES)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("text", ["", "\n", "{}\n\n", "no record\n\n", '{"comment_id": "x"}\n\n'])
def test_unusable_records_are_refused_in_one_line(text: str, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text(text)
    done = run("drift", "--from", file, "--artifact", folder)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(f"Error: {file}: ")


def test_an_artifact_without_a_reference_says_how_to_get_one(
    plain: Artifact, texts: list[str], tmp_path: Path
) -> None:
    save(plain, tmp_path / "plain")
    file = export(tmp_path / "x", texts[:600])
    done = run("drift", "--from", file, "--artifact", tmp_path / "plain")
    assert done.exit_code == 1
    assert "`python -m training reference` adds it" in done.stderr.replace("\n", " ")
    done = run("reference", tmp_path / "plain", "--output", tmp_path / "new")
    assert done.exit_code == 0, done.output
    manifest = load(tmp_path / "new").manifest
    assert [*manifest.references] == [TRAINING, HELD_OUT]
    assert manifest.digest != plain.digest


def test_the_references_of_a_fresh_artifact_are_those_of_the_corpus() -> None:
    trained = load(Path(settings.load().bento_artifact_dir))
    assert trained.manifest.references == references.of_corpus(Model(trained))
    for reference in trained.manifest.references.values():
        assert sum(reference.counts["sentiment"].values()) == 2_000


def test_recorded_comments_become_the_reference(
    folder: Path, texts: list[str], tmp_path: Path
) -> None:
    foreign = [FOREIGN.format(n) for n in range(600)]
    file = export(tmp_path / "x", foreign)
    done = run("reference", folder, "--from", file, "--output", tmp_path / "new")
    assert done.exit_code == 0, done.output
    changed = load(tmp_path / "new")
    assert [*changed.manifest.references] == [TRAINING, RECORDED]
    assert as_json(file, tmp_path / "new")["index"] == 0
    assert as_json(file, folder)["index"] > drift.LARGE
    # It answers as before.
    answers = [Model(each).classify(texts[:100]) for each in (changed, load(folder))]
    assert answers[0] == answers[1]


def test_a_reference_takes_enough_comments_and_another_folder(
    folder: Path, texts: list[str], tmp_path: Path
) -> None:
    digest = load(folder).digest
    few = export(tmp_path / "few", texts[:499])
    done = run("reference", folder, "--from", few, "--output", tmp_path / "new")
    assert done.exit_code == 1
    assert done.stderr.endswith("499 comments are too few for a reference: it takes 500.\n")
    assert not (tmp_path / "new").exists()
    enough = export(tmp_path / "enough", texts[:500])
    done = run("reference", folder, "--from", enough, "--output", folder)
    assert done.exit_code == 1
    assert "name another folder" in done.stderr.replace("\n", " ")
    assert load(folder).digest == digest


@pytest.mark.parametrize(
    ("measure", "name", "shown"),
    [
        ("sentiment", "neutral", "neutral"),
        ("unknown_words", "0.0", "0 %"),
        ("unknown_words", "0.05", "to 5 %"),
        ("characters", "1000.0", "to 1,000"),
        ("characters", "+Inf", "above 5,000"),
    ],
)
def test_bins_have_names_for_people(measure: str, name: str, shown: str) -> None:
    assert label(measure, name) == shown
