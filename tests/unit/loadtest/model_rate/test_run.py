"""The model's figures, and scikit-learn with the same features."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bento.model.artifact import Artifact
from bento.model.calibration import Calibration
from bento.model.manifest import Manifest, Thresholds
from bento.model.vocabulary import Terms
from loadtest import publish
from loadtest.model_rate import run as model_rate
from loadtest.model_rate.result import BATCHES, KIND, WORDS, Case, ModelRate
from loadtest.reporting import result as results


def test_plain_scikit_learn_sees_the_same_features() -> None:
    terms = Terms.of(["good", "bad", "good day"])
    weight = {"good": 1, "bad": -1, "good day": 1}
    names = terms.names()
    weights = np.array([[weight.get(name, 0), 0, 0, 0, 0] for name in names], np.float32)
    manifest = Manifest(
        classes=("negative", "neutral", "positive"),
        damping=60.0,
        unseen=10.0,
        calibration=Calibration((1.0, 1.0), (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
        thresholds=Thresholds(0.9, 0.6, 0.5),
    )
    data = Artifact(manifest, terms, np.ones(len(names), np.float32), weights, np.zeros(5))
    likely = model_rate.plain(data).predict_proba(["good day", "good", "bad", "neither"])[:, 1]
    assert likely[0] > likely[1] > likely[3] == 0.5 > likely[2]


def test_a_result_is_shown_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = ModelRate(
        **results.about(),
        kind=KIND,
        seconds=1,
        in_process=[100, 200, 400],
        over_http=[50, 160, 400],
        http_errors=0,
        cases=[
            Case(variant, length, batch, [3.0, 1.0, 2.0])
            for variant in ("Valence", "scikit-learn")
            for length in WORDS
            for batch in BATCHES
        ],
    )
    assert result.share == pytest.approx(0.8)
    assert result.cases[0].microseconds == 2.0
    file = results.save(result, tmp_path)
    publish.redraw(file)
    assert "0.80 of the limit" in capsys.readouterr().out
    assert file.with_suffix(".svg").exists()
