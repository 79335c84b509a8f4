"""The gate: an artifact that is worse than the reference, beyond noise, is not published."""

import base64
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.bootstrap import Interval
from training.errors import DataError
from training.metrics import Scored, expected_calibration_error

__all__ = ["ERRORS", "Figures", "Verdict", "compare", "figures", "read", "write"]

ERRORS = 2.5
"""Standard errors that are noise. Eight figures are compared (four domains, two measures): at 2.5
an equally good model is refused once in twenty times at most (8 × 0.6 %)."""

_LEAST = {"accuracy": 0.005, "expected calibration error": 0.01}
"""Differences that are never refused: no user sees them, and another CPU's rounding, which moves
scores by about 1e-4 and so flips a row in a thousand at most, stays well below."""


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`error` is the bootstrapped standard error, in the value's unit."""

    value: float
    error: float


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A held-out domain in the reference. `content` is the SHA-256 of its texts and labels, `right`
    one bit a row in base64: whether the answer was right. They make the comparison a paired one."""

    rows: int
    accuracy: Measure
    expected_calibration_error: Measure
    content: str = ""
    right: str = ""


@dataclass(frozen=True)
class Verdict:
    """One sentence for each figure that is `worse`, and one for each domain left out as it was
    `not_compared`."""

    worse: tuple[str, ...]
    not_compared: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.worse)


def figures(table: pd.DataFrame, scored: Scored, intervals: Mapping[str, Interval]) -> Figures:
    """What the reference keeps of a domain: its rows (columns text, label) and their scores."""
    calibration = expected_calibration_error(scored.right, scored.probabilities.max(axis=1))
    content = "\n".join(table["label"] + "\t" + table["text"])
    return Figures(
        rows=len(table),
        accuracy=_rounded(scored.right.mean(), intervals["accuracy"].error),
        expected_calibration_error=_rounded(
            calibration, intervals["expected_calibration_error"].error
        ),
        content=f"sha256:{hashlib.sha256(content.encode(errors='replace')).hexdigest()}",
        right=base64.b64encode(np.packbits(scored.right).tobytes()).decode(),
    )


def compare(reference: Mapping[str, Figures], found: Mapping[str, Figures]) -> Verdict:
    """Each domain's accuracy and calibration error with the reference's.

    A difference is noise up to 2.5 standard errors of the difference, and up to 0.5 points of
    accuracy or 0.01 of calibration error in any case. The standard error of the accuracies'
    difference is the paired one (from the rows that one model has right and the other wrong;
    McNemar 1947) where both saw the same rows; otherwise, and for the calibration error, the two
    bootstrapped errors' root of the sum of squares, which is larger.
    """
    worse = []
    for name in [name for name in reference if name in found]:
        was, now = reference[name], found[name]
        for measure, loss, before, after, error in (
            (
                "accuracy",
                was.accuracy.value - now.accuracy.value,
                f"{was.accuracy.value:.2%}",
                f"{now.accuracy.value:.2%}",
                _paired(was, now) or _independent(was.accuracy, now.accuracy),
            ),
            (
                "expected calibration error",
                now.expected_calibration_error.value - was.expected_calibration_error.value,
                f"{was.expected_calibration_error.value:.4f}",
                f"{now.expected_calibration_error.value:.4f}",
                _independent(was.expected_calibration_error, now.expected_calibration_error),
            ),
        ):
            margin = max(_LEAST[measure], ERRORS * error)
            if loss > margin:
                worse.append(f"{name}: {measure} {after}, reference {before} (noise: {margin:.4f})")
    missing = [f"{name}: in the reference, not measured" for name in reference if name not in found]
    new = [f"{name}: not in the reference" for name in found if name not in reference]
    return Verdict(tuple(worse), tuple(missing + new))


def read(path: Path) -> dict[str, Figures]:
    """The reference; empty where there is no file. Raises DataError for one that is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Figures])
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: not a reference of the gate: {error}.") from None


def write(path: Path, reference: Mapping[str, Figures]) -> None:
    """Make this the reference."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(reference), indent=2) + b"\n")


def _paired(was: Figures, now: Figures) -> float | None:
    if not was.content or was.content != now.content or was.rows != now.rows:
        return None
    before, after = _bits(was), _bits(now)
    if len(before) != len(after):
        return None
    lost, won = int((before & ~after).sum()), int((after & ~before).sum())
    return math.sqrt(max(1, lost + won - (lost - won) ** 2 / was.rows)) / was.rows


def _bits(figures: Figures) -> NDArray[np.bool_]:
    packed = np.frombuffer(base64.b64decode(figures.right), dtype=np.uint8)
    return np.unpackbits(packed).astype(bool)


def _independent(was: Measure, now: Measure) -> float:
    return math.hypot(was.error, now.error)


def _rounded(value: float, error: float) -> Measure:
    # Beyond the sixth digit there is only the CPU's rounding.
    return Measure(round(float(value), 6), round(float(error), 6))
