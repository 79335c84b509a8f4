"""The gate: an artifact that is worse than the reference, beyond noise, is not published."""

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import DataError
from training.evaluation.bootstrap import Interval
from training.evaluation.metrics import Scored, expected_calibration_error

__all__ = [
    "ERRORS",
    "Figures",
    "Measure",
    "Verdict",
    "compare",
    "figures",
    "of_behaviours",
    "read",
    "write",
]

ERRORS = 2.5
"""Standard errors that are noise. Eleven figures of domains are compared: at 2.5 an equally good
model is refused once in fourteen times at most (11 × 0.6 %). Behaviours add little to it: their
errors are those of independent cases, although the same ones are asked."""

_LEAST = {"accuracy": 0.005, "expected_calibration_error": 0.01, "neutral_rate": 0.01}
"""The measures, and differences that are never refused: no user sees them, and another CPU's
rounding, which moves scores by about 1e-4 and so flips a row in a thousand at most, stays well
below."""


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`error` is the bootstrapped standard error, in the value's unit."""

    value: float
    error: float


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A held-out domain in the reference, or a behaviour, of which only `accuracy` is known.
    `neutral_rate` is known of domains without neutral texts. `content` is the SHA-256 of its texts
    and labels, `right` one bit a row in base64: whether the answer was right. They make the
    comparison a paired one."""

    rows: int
    accuracy: Measure
    expected_calibration_error: Measure | None = None
    neutral_rate: Measure | None = None
    content: str = ""
    right: str = ""


@dataclass(frozen=True)
class Verdict:
    """One sentence for each figure that is `worse`, and one for each domain or behaviour left out
    as it was `not_compared`."""

    worse: tuple[str, ...]
    not_compared: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.worse)


def figures(table: pd.DataFrame, scored: Scored, intervals: Mapping[str, Interval]) -> Figures:
    """What the reference keeps of a domain: its rows (columns text, label) and their scores."""
    calibration = expected_calibration_error(scored.right, scored.probabilities.max(axis=1))
    neutral = scored.neutral_rate
    content = "\n".join(table["label"] + "\t" + table["text"])
    return Figures(
        rows=len(table),
        accuracy=_rounded(scored.right.mean(), intervals["accuracy"].error),
        expected_calibration_error=_rounded(
            calibration, intervals["expected_calibration_error"].error
        ),
        neutral_rate=None if neutral is None else _rate(neutral, len(table)),
        content=f"sha256:{hashlib.sha256(content.encode(errors='replace')).hexdigest()}",
        right=base64.b64encode(np.packbits(scored.right).tobytes()).decode(),
    )


def of_behaviours(found: Sequence[Mapping[str, Any]]) -> dict[str, Figures]:
    """The pass rates of `training.evaluation.behaviour.run`."""
    return {
        f"behaviour “{each['name']}”": Figures(
            rows=each["cases"], accuracy=_rate(each["passed"] / each["cases"], each["cases"])
        )
        for each in found
    }


def compare(reference: Mapping[str, Figures], found: Mapping[str, Figures]) -> Verdict:
    """Each domain's accuracy, calibration error and neutral rate, and how often each behaviour
    passes, with the reference's.

    A difference is noise up to 2.5 standard errors of the difference, and up to 0.5 points of
    accuracy, 0.01 of calibration error or a point of the neutral rate in any case. The standard
    error of the accuracies' difference is the paired one (from the rows that one model has right
    and the other wrong; McNemar 1947) where both saw the same rows; otherwise, and for the other
    measures, the two errors' root of the sum of squares, which is larger.
    """
    worse = []
    for name in [name for name in reference if name in found]:
        was, now = reference[name], found[name]
        for measure, least in _LEAST.items():
            before: Measure | None = getattr(was, measure)
            after: Measure | None = getattr(now, measure)
            if before is None or after is None:
                continue
            error = math.hypot(before.error, after.error)
            loss = after.value - before.value
            if measure == "accuracy":
                error, loss = _paired(was, now) or error, -loss
            margin = max(least, ERRORS * error)
            if loss > margin:
                worse.append(
                    f"{name}: {measure.replace('_', ' ')} {after.value:.2%}, "
                    f"reference {before.value:.2%} (noise: {margin:.2%})"
                )
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


def _rate(share: float, of: int) -> Measure:
    # Laplace's rule of succession: none of a few is not never.
    expected = (share * of + 1) / (of + 2)
    return _rounded(share, math.sqrt(expected * (1 - expected) / of))


def _rounded(value: float, error: float) -> Measure:
    # Beyond the sixth digit there is only the CPU's rounding.
    return Measure(round(float(value), 6), round(float(error), 6))
