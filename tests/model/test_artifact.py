"""The trained artifact: its behaviour, and whether it can be measured on the held-out texts. The
gate judges its accuracy (`training.evaluation.gate`)."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bento.model.model import Model
from bento.settings import load
from training.evaluation import behaviour
from training.evaluation.checklist.suite import suite

ROOT = Path(__file__).parents[2]


def test_the_trained_model_passes_simple_behaviours() -> None:
    model = Model.load(Path(load().bento_artifact_dir))
    rates = {row["name"]: row["passed"] / row["cases"] for row in behaviour.run(model, suite())}
    assert rates["Plain blame"] > 0.9
    assert rates["Saying what one dislikes"] > 0.8
    assert rates["Capitals and lower case"] == 1


@pytest.mark.parametrize("source", ["tweets", "imdb", "rotten_tomatoes"])
def test_held_out_texts_can_be_evaluated(source: str, tmp_path: Path) -> None:
    """Tweets contain carriage returns, quotes and commas."""

    def training(*arguments: object) -> str:
        return subprocess.run(
            [sys.executable, "-m", "training", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    file = tmp_path / "held-out.csv"
    written = training("holdout", "--source", source, "--output", file)
    measured = msgspec.json.decode(training("evaluate", file, "--json"))
    assert written.startswith(f"{measured['rows']} rows")
