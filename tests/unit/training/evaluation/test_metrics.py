"""Measures on cases small enough to calculate by hand."""

import numpy as np
import pandas as pd
import pytest

from training.evaluation.metrics import expected_calibration_error, measure, score


def test_two_classes() -> None:
    labels = pd.Series(["negative", "positive", "positive"])
    result = measure(score(labels, np.array([[0.9, 0, 0.1], [0.2, 0, 0.8], [0.6, 0, 0.4]])))
    assert result["rows"] == 3
    assert result["classes"] == 2
    assert result["accuracy"] == pytest.approx(2 / 3)
    assert result["macro_f1"] == pytest.approx(2 / 3)
    assert result["brier"] == pytest.approx((0.01 + 0.04 + 0.36) / 3)
    assert result["expected_calibration_error"] == pytest.approx((0.1 + 0.2 + 0.6) / 3)
    assert result["neutral_rate"] == 0


def test_the_brier_score_of_three_classes_is_their_sum() -> None:
    result = measure(score(pd.Series(["neutral"]), np.array([[0.1, 0.7, 0.2]])))
    assert result["brier"] == pytest.approx(0.01 + 0.09 + 0.04)
    assert "neutral_rate" not in result


def test_calibration_error_is_zero_if_scores_equal_the_accuracy() -> None:
    right = np.array([True, True, True, False])
    assert expected_calibration_error(right, np.full(4, 0.75)) == pytest.approx(0)
    assert expected_calibration_error(~right, np.ones(4)) == pytest.approx(0.75)
