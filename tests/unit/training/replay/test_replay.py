"""Replay: what it counts, how corrections judge both models, and the command's exit codes."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from bento.model.artifact import load
from bento.model.model import Model
from tests.support.replayed import ARTIFACT, OTHER, run
from training.data import cleaning, feedback, split
from training.data.exports import Record, in_batches
from training.replay.answers import answer
from training.replay.comparison import compare, judged


def test_changes_are_counted_by_kind_confidence_and_model(export: Path) -> None:
    done = run(ARTIFACT, "--from", export, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["candidate"] == load(ARTIFACT).digest
    assert (result["records"], result["changed"]["count"]) == (300, 30)
    matrix = result["matrix"]
    assert sum(map(sum, matrix)) == 300
    assert sum(matrix[i][i] for i in range(3)) == 270
    assert [row["count"] for row in result["by_model"]] == [30, 0]
    assert {row["model"] for row in result["by_model"]} == {"sha256:first", "sha256:second"}
    assert [row["confidence"] for row in result["by_confidence"]] == ["high", "medium", "low"]
    assert sum(row["count"] for row in result["by_confidence"]) == 30
    assert result["changed"]["low"] < 0.1 < result["changed"]["high"]
    assert result["until"] == "2025-10-25T19:59:00.000Z"
    assert result["since"] == "2025-10-25T19:10:00.000Z"


def test_the_most_certain_flips_come_first_with_the_words_that_did_it(export: Path) -> None:
    flips = json.loads(run(ARTIFACT, "--from", export, "--json").stdout)["flips"]
    certainty = [min(each["score_before"], each["score_after"]) for each in flips]
    assert certainty == sorted(certainty, reverse=True)
    [hostile] = [each for each in flips if each["comment_id"] == "id-0"]
    assert (hostile["before"], hostile["after"]) == ("negative", "positive")
    assert "wonderful" in [each["word"] for each in hostile["words"]]
    assert all(each["contribution"] > 0 for each in hostile["words"])


def test_corrections_judge_both_models(export: Path) -> None:
    corrected = json.loads(run(ARTIFACT, "--from", export, "--json").stdout)["corrected"]
    assert (corrected["all"], corrected["rows"]) == (60, 60)
    assert corrected["before"]["accuracy"]["value"] == 0.5
    assert corrected["after"]["accuracy"]["value"] == 1.0
    assert corrected["after"]["accuracy"]["low"] < 1.0
    assert corrected["after"]["calibration_error"]["low"] >= 0
    assert corrected["mcnemar"] == {"lost": 0, "won": 30, "p": pytest.approx(2 * 0.5**30)}


def test_only_held_out_corrections_judge_a_model_that_trained_on_the_others(
    model: Model, records: list[dict[str, Any]]
) -> None:
    rows = [msgspec.convert(record, Record) for record in records]
    answers = answer(model, in_batches(rows), "x")
    measured = judged({"feedback": {"measured": 3}}, answers)
    assert 0 < measured.sum() == (answers.held_out & answers.corrected).sum() < 20
    corrected = compare(model, {"feedback": {"measured": 3}}, answers)["corrected"]
    assert (corrected["all"], corrected["rows"]) == (60, measured.sum())
    assert not judged({"feedback": {"used": 60}}, answers).any()
    assert judged({}, answers).sum() == 60


def test_training_and_replay_hold_out_the_same_corrections(model: Model) -> None:
    texts = [f"caf\u00c3\u00a9 number{n}, closed again" for n in range(100)]
    given = pd.DataFrame({"text": texts, "label": "negative", "source": feedback.SOURCE})
    held_out = split.test_rows(cleaning.clean(given))
    rows = [
        Record(text, "", "", "negative", "0.5000", "low", "x", corrected="negative")
        for text in texts
    ]
    assert answer(model, [rows], "x").held_out.tolist() == held_out.tolist()
    assert 0 < held_out.sum() < 30


def test_the_report_is_readable_and_escaped(export: Path, tmp_path: Path) -> None:
    done = run(ARTIFACT, "--from", export, "--html", tmp_path / "replay.html")
    assert done.exit_code == 0
    assert "300 comments from 2025-10-25T19:10:00.000Z" in done.stdout
    assert "Only the candidate is right on 30" in done.stdout.replace("\n", " ")
    assert "<script>alert(1)</script> I love it" in done.stdout
    assert "\x1b[2J" not in done.stdout
    html = (tmp_path / "replay.html").read_text()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html
    assert html.count("<svg") == 4


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--max-changed", "0.1", "--min-accuracy", "1"], 0, ""),
        (["--max-changed", "0.09"], 1, "10.00% of the answers change, more than 9.00%."),
        (["--limit", "50", "--max-changed", "0.1"], 1, "20.00% of the answers change"),
    ],
)
def test_limits_set_the_exit_code(
    export: Path, options: list[str], code: int, message: str
) -> None:
    done = run(ARTIFACT, "--from", export, *options)
    assert done.exit_code == code, done.output
    assert message in done.stderr


def test_a_less_accurate_candidate_is_refused(export: Path, records: list[dict[str, Any]]) -> None:
    wrong = [
        {**row, "correction": {"sentiment": OTHER[row["sentiment"]]}}
        if row.get("correction") and row["model"] == "sha256:second"
        else row
        for row in records
    ]
    export.write_text("".join(json.dumps(record) + "\n" for record in wrong) + "\n")
    done = run(ARTIFACT, "--from", export, "--min-accuracy", "0.6")
    assert done.exit_code == 1
    assert "The candidate is right on 50.00% of the corrected comments, less" in done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": load(ARTIFACT).digest}, "all answers are the candidate's own"),
        ({"sentiment": "mixed"}, "not the record of an answer: 'mixed'"),
        ({"score": "high"}, "not the record of an answer: could not convert"),
        ({"score": "nan"}, "not the record of an answer: a score is not from 0 to 1"),
    ],
)
def test_unusable_records_are_refused_in_one_line(
    export: Path, records: list[dict[str, Any]], change: dict[str, str], message: str
) -> None:
    export.write_text(f"{json.dumps({**records[0], **change})}\n\n")
    done = run(ARTIFACT, "--from", export)
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr.splitlines()[-1]


def test_without_corrections_there_is_no_accuracy(
    export: Path, records: list[dict[str, Any]]
) -> None:
    export.write_text(f"{json.dumps(records[1])}\n\n")
    done = run(ARTIFACT, "--from", export, "--min-accuracy", "0.5")
    assert done.exit_code == 1
    assert "No comment was corrected" in done.stdout
    assert "There is no corrected comment to measure accuracy on." in done.stderr


def test_a_folder_without_an_artifact_and_an_empty_export_are_refused(
    export: Path, tmp_path: Path
) -> None:
    assert "There is no artifact in" in run(tmp_path, "--from", export).stderr
    export.write_text("\n")
    done = run(ARTIFACT, "--from", export)
    assert done.exit_code == 1
    assert "the file is empty" in done.stderr
