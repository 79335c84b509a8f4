"""The `train` command from data to the model card, with the gate in between."""

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
    assert "gate: accepted, although worse than the reference: imdb: accuracy" in accepted.stderr
    card = json.loads((output / "card.json").read_text())
    assert card["gate"]["verdict"] == "accepted"
    assert "reference 120.00%" in card["gate"]["worse"][0]
    assert {"imdb", "tweets", "behaviour “Plain praise”"} < gate.read(baseline).keys()
