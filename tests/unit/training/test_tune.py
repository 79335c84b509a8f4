"""Tuning: the neutral share that was asked for, a digest of its own, and nothing else changed."""

import csv
from math import isfinite
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from msgspec.structs import astuple

from bento import settings
from bento.model.artifact import Artifact, load, save
from bento.model.model import Model
from bento.model.reference import HELD_OUT, RECORDED
from training import tune
from training.__main__ import cli
from training.data import corpus
from training.drift import references
from training.errors import DataError

TEXTS = list(corpus.read()["text"][:300])


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return load(Path(settings.load().bento_artifact_dir))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_the_share_of_neutral_texts_is_the_one_asked_for(artifact: Artifact, share: float) -> None:
    tuned = tune.tune(artifact, tune.bias_for_share(artifact, TEXTS, share)).artifact
    answers = Model(tuned).classify(TEXTS)
    neutral = sum(answer.sentiment == "neutral" for answer in answers)
    assert neutral == round(share * len(TEXTS))


@pytest.mark.parametrize("former", [-40.0, 1.0, 40.0])
def test_the_bias_for_a_share_does_not_depend_on_former_tuning(
    artifact: Artifact, former: float
) -> None:
    tuned = tune.tune(artifact, former).artifact
    expected = tune.bias_for_share(artifact, TEXTS, 0.5)
    assert tune.bias_for_share(tuned, TEXTS, 0.5) == pytest.approx(expected)


def test_a_share_below_that_of_texts_without_words_is_refused(artifact: Artifact) -> None:
    texts = ["good", "zzqx", ""] * 40
    with pytest.raises(DataError, match="unknown words make 80 of 120 neutral with any bias"):
        tune.bias_for_share(artifact, texts, 0.3)
    assert isfinite(tune.bias_for_share(artifact, texts[1::3] + texts[2::3] * 2, 1.0))


def test_a_share_of_few_texts_is_refused(artifact: Artifact) -> None:
    with pytest.raises(DataError, match="99 texts have no share to speak of"):
        tune.bias_for_share(artifact, TEXTS[:99], 0.3)


def test_only_the_neutral_bias_and_the_digest_change(artifact: Artifact) -> None:
    tuned = tune.tune(artifact, 0.7).artifact
    assert tuned.digest != artifact.digest
    assert tuned.manifest.tuning is not None
    assert tuned.manifest.tuning.base == artifact.digest
    odds = [Model(each).probabilities(TEXTS)[:, [0, 2]] for each in (artifact, tuned)]
    before, after = (poles[:, 0] / poles.sum(axis=1) for poles in odds)
    assert np.allclose(before, after)


def test_a_bias_of_0_keeps_the_thresholds(artifact: Artifact) -> None:
    tuned = tune.tune(artifact, 0.0).artifact
    before, after = (each.manifest.thresholds for each in (artifact, tuned))
    # The artifact's weights are rounded to 32 bits.
    assert astuple(after) == pytest.approx(astuple(before), abs=1e-6)


def test_tuning_again_starts_from_the_trained_artifact(artifact: Artifact) -> None:
    once, former = (tune.tune(artifact, bias).artifact for bias in (0.3, -1.0))
    twice = tune.tune(former, 0.3).artifact
    assert once.manifest.calibration.neutrality == pytest.approx(
        twice.manifest.calibration.neutrality
    )
    assert once.manifest.tuning == twice.manifest.tuning


def test_the_effect_is_measured_on_the_unseen_comments(artifact: Artifact) -> None:
    less, more = (tune.tune(artifact, bias) for bias in (-1.0, 1.0))
    assert less.neutral_recall < more.neutral_recall
    assert less.accuracy > more.accuracy
    rows = corpus.unseen(corpus.read())
    answers = Model(more.artifact).classify(list(rows["text"]))
    right = np.array([answer.sentiment for answer in answers]) == rows["label"].to_numpy()
    # The corpus is cleaned of a few near-duplicates first.
    expected = right[(rows["label"] == "neutral").to_numpy()].mean()
    assert more.neutral_recall == pytest.approx(expected, abs=0.01)
    measured = more.artifact.manifest.metrics[corpus.UNSEEN]
    expected = right[(rows["source"] == corpus.UNSEEN).to_numpy()].mean()
    assert measured["accuracy"] == pytest.approx(expected, abs=0.01)
    assert set(more.artifact.manifest.metrics) == {corpus.UNSEEN, corpus.UNSEEN_POSTS}


def test_the_curve_trades_neutral_recall_for_accuracy() -> None:
    labels = pd.Series(["neutral", "positive", "negative", "positive"])
    probabilities = np.array([[0.3, 0.4, 0.3], [0.1, 0.3, 0.6], [0.5, 0.2, 0.3], [0.6, 0.3, 0.1]])
    points = tune.curve(labels, probabilities)
    recall = [point["neutral_recall"] for point in points]
    accuracy = [point["accuracy"] for point in points]
    assert recall == sorted(recall)
    assert accuracy == sorted(accuracy, reverse=True)
    [unbiased] = [point for point in points if point["bias"] == 0]
    assert unbiased == {"bias": 0.0, "neutral_recall": 1.0, "accuracy": pytest.approx(2 / 3)}


def test_the_command_writes_an_artifact_that_loads(tmp_path: Path, artifact: Artifact) -> None:
    file = tmp_path / "own.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([["text"], *([text] for text in TEXTS)])
    source = settings.load().bento_artifact_dir
    arguments = ["tune", source, "--neutral-share", "0.4", "--on", str(file)]
    done = CliRunner().invoke(cli, [*arguments, "--output", str(tmp_path / "tuned")])
    assert done.exit_code == 0, done.output
    tuned = load(tmp_path / "tuned")
    assert tuned.manifest.digest in done.output
    assert "120 of 300 (40.0%)" in done.output
    assert tuned.manifest.digest != artifact.manifest.digest
    # What comments are like for it is counted anew, as more of them are neutral.
    before, after = (
        each.manifest.references[HELD_OUT].counts["sentiment"]["neutral"]
        for each in (artifact, tuned)
    )
    assert after != before


def test_the_command_says_that_the_recorded_reference_is_gone(
    tmp_path: Path, artifact: Artifact
) -> None:
    counted = dict(artifact.manifest.references)
    counted[RECORDED] = counted.pop(HELD_OUT)
    save(references.attach(artifact, counted), tmp_path / "own")
    output = str(tmp_path / "tuned")
    arguments = ["tune", str(tmp_path / "own"), "--neutral-bias", "0.5", "--output", output]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert f"reference {output} --from … --output …" in done.output.replace("\n", "")
    assert RECORDED not in load(Path(output)).manifest.references


@pytest.mark.parametrize(
    "options",
    [[], ["--neutral-bias", "1", "--neutral-share", "0.3"], ["--neutral-share", "0.3"]],
)
def test_the_command_says_which_options_it_needs(tmp_path: Path, options: list[str]) -> None:
    source = settings.load().bento_artifact_dir
    done = CliRunner().invoke(cli, ["tune", source, *options, "--output", str(tmp_path / "x")])
    assert done.exit_code == 2
    assert "--neutral-share together with --on" in done.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--neutral-bias", "1", "--output", settings.load().bento_artifact_dir],
            "name another folder",
        ),
    ],
)
def test_no_artifact_is_spoilt(tmp_path: Path, options: list[str], message: str) -> None:
    source = settings.load().bento_artifact_dir
    before = load(Path(source)).manifest.digest
    done = CliRunner().invoke(cli, ["tune", source, "--output", str(tmp_path / "x"), *options])
    assert done.exit_code == 1
    assert message in done.output.replace("\n", " ")
    assert not (tmp_path / "x").exists()
    assert load(Path(source)).manifest.digest == before


@pytest.mark.parametrize("command", [["tune", "--neutral-bias", "1"], ["reference"]])
def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    source = settings.load().bento_artifact_dir
    done = CliRunner().invoke(cli, [*command, source, "--output", str(tmp_path)])
    assert done.exit_code == 1
    assert "other files than an artifact's (thesis.txt)" in done.output.replace("\n", " ")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
