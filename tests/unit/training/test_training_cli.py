"""The command line: good --help, results as tables or JSON, mistakes in one line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.sentences import sentences
from training.__main__ import cli
from training.data import split
from training.evaluation import gate


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\nI love it,1\nI hate it,0\nWonderful,1\nAwful,0\n")
    return path


@pytest.mark.parametrize("command", [[], ["train"], ["evaluate"], ["predict"], ["holdout"]])
def test_help(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_evaluate_prints_a_table_or_one_json_object(rows: Path) -> None:
    assert "100.00%" in run("evaluate", rows).output
    result = json.loads(run("evaluate", rows, "--json").output)
    assert result["accuracy"] == 1
    assert {"macro_f1", "brier", "expected_calibration_error", "rows"} <= result.keys()


def test_evaluate_with_three_classes(rows: Path) -> None:
    rows.write_text("text,label\nI love it,positive\nI hate it,negative\n\x00,neutral\n")
    assert json.loads(run("evaluate", rows, "--json").output)["classes"] == 3


def test_predict() -> None:
    first, second = run("predict", "It works perfectly!", "Awful.").output.splitlines()
    assert json.loads(first)["sentiment"] == "positive"
    assert json.loads(second)["sentiment"] == "negative"


@pytest.mark.parametrize("command", ["evaluate", "train --data", "train --feedback"])
def test_a_mistake_is_one_line(command: str, tmp_path: Path) -> None:
    result = run(*command.split(), tmp_path / "none.csv")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'none.csv'}: no such file.\n"


def test_a_damaged_reference_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "baseline.json").write_text("{")
    result = run("train", "--baseline", tmp_path / "baseline.json", "--output", tmp_path / "a")
    assert result.exit_code == 1
    assert "baseline.json: not a reference of the gate" in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_gate_refuses_until_the_figures_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split, "HELD_OUT", {"imdb": 60, "tweets": 0.25})
    monkeypatch.setattr("training.__main__.load_data", lambda *_: sentences(mislabelled=0.2))
    baseline, output = tmp_path / "baseline.json", tmp_path / "artifact"
    gate.write(baseline, {"imdb": gate.Figures(60, gate.Measure(1.2, 0), gate.Measure(0, 0))})
    train: list[str | Path] = ["train", "--baseline", baseline, "--output", output]
    refused = run(*train)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: Not published, worse than the")
    assert "reference 120.00%" in refused.stderr
    assert not output.exists()
    accepted = run(*train, "--accept")
    assert accepted.exit_code == 0
    assert str(output / "card.html") in accepted.output
    assert "classic" in accepted.output
    assert "gate: accepted, worse than the reference before: imdb: accuracy" in accepted.stderr
    card = json.loads((output / "card.json").read_text())
    assert card["gate"]["verdict"] == "accepted"
    assert "reference 120.00%" in card["gate"]["worse"][0]
    found = gate.read(baseline)
    assert {"imdb", "tweets", "tweets, without neutral", "behaviour “Plain praise”"} < found.keys()


def test_a_missing_artifact_is_one_line(rows: Path, tmp_path: Path) -> None:
    result = run("evaluate", rows, "--artifact", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no artifact in")
    assert result.stderr.count("\n") == 1


def test_a_wrong_setting_is_one_line(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENTO_PORT", "x")
    result = run("evaluate", rows)
    assert result.exit_code == 1
    assert "BENTO_PORT='x'" in result.stderr
