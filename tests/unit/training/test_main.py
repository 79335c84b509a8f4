"""The command line: help, results as a table or JSON, and errors in one line."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest
from click.testing import CliRunner, Result

from gateway.records import Record
from training import commands
from training.__main__ import cli


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


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["holdout"], "--output"),
        (["drift", "--from", "no.csv"], "--html"),
        (["replay", "no-artifact", "--from", "no.csv"], "--html"),
    ],
)
def test_a_file_in_a_missing_folder_is_refused_before_the_work(
    tmp_path: Path, arguments: list[str], option: str
) -> None:
    result = run(*arguments, option, tmp_path / "missing" / "x")
    assert result.exit_code == 2
    assert f"Invalid value for '{option}': {tmp_path}/missing is not a folder" in result.output


def test_the_help_lists_the_commands_of_all_modules() -> None:
    modules = (f"training.commands.{each.name}" for each in iter_modules(commands.__path__))
    exported = {
        name
        for module in map(import_module, modules)
        for name in module.__all__
        if isinstance(getattr(module, name), click.Command)
    }
    lines = run("--help").output.split("Commands:\n")[1].splitlines()
    assert {line.split()[0] for line in lines if line} == exported


def test_an_unknown_command_is_a_usage_error() -> None:
    result = run("retrain")
    assert result.exit_code == 2
    assert "No such command 'retrain'" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("drift", "--from", "x", "--max-psi", "nan"),
        ("drift", "--from", "x", "--max-psi", "inf"),
        ("replay", "x", "--from", "x", "--max-changed", "nan"),
        ("replay", "x", "--from", "x", "--min-accuracy", "nan"),
        ("tune", "x", "--output", "y", "--neutral-bias", "nan"),
        ("tune", "x", "--output", "y", "--neutral-share", "nan", "--on", "x"),
        ("train", "--feedback-weight", "nan"),
    ],
)
def test_a_limit_that_is_no_number_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "is not a finite number" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize("command", ["tune", "predict", "publish", "fetch"])
def test_a_quick_command_does_not_wait_for_scikit_learn(command: str) -> None:
    code = "import sys; from training.__main__ import cli; cli.get_command(None, sys.argv[1])"
    code += "; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, command], check=True)


def test_the_help_names_the_field_of_corrections() -> None:
    help_ = run("train", "--help").output
    assert f"`{Record.__struct_fields__[-1]}`" in help_
    assert "`corrected`" not in help_


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
def test_a_missing_file_is_reported_in_one_line(command: str, tmp_path: Path) -> None:
    result = run(*command.split(), tmp_path / "none.csv")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'none.csv'}: no such file.\n"


def test_a_damaged_reference_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "baseline.json").write_text("{")
    result = run("train", "--baseline", tmp_path / "baseline.json", "--output", tmp_path / "a")
    assert result.exit_code == 1
    assert "baseline.json: not a reference for the gate" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_artifact_is_reported_in_one_line(rows: Path, tmp_path: Path) -> None:
    result = run("evaluate", rows, "--artifact", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no artifact in")
    assert result.stderr.count("\n") == 1


def test_an_invalid_setting_is_reported_in_one_line(
    rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENTO_PORT", "x")
    result = run("evaluate", rows)
    assert result.exit_code == 1
    assert "BENTO_PORT='x'" in result.stderr
