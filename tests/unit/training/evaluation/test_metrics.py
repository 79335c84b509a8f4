"""The measures, on cases small enough to reckon by hand."""

import numpy as np
import pytest

from training.evaluation.metrics import expected_calibration_error, measure


def test_two_classes() -> None:
    result = measure(np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]))
    assert result["rows"] == 3
    assert result["accuracy"] == pytest.approx(2 / 3)
    assert result["macro_f1"] == pytest.approx(2 / 3)
    assert result["brier"] == pytest.approx((0.01 + 0.04 + 0.36) / 3)
    assert result["expected_calibration_error"] == pytest.approx((0.1 + 0.2 + 0.6) / 3)


def test_three_classes_sum_over_the_classes() -> None:
    result = measure(np.array([2]), np.array([[0.1, 0.2, 0.7]]))
    assert result["brier"] == pytest.approx(0.01 + 0.04 + 0.09)


def test_calibration_error_is_zero_where_scores_are_the_accuracy() -> None:
    right = np.array([True, True, True, False])
    assert expected_calibration_error(right, np.full(4, 0.75)) == pytest.approx(0)
    assert expected_calibration_error(~right, np.ones(4)) == pytest.approx(0.75)
