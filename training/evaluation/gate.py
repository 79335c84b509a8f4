"""The gate: refuses an artifact that is worse than the reference beyond noise."""

import base64
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import DataError
from training.evaluation.bootstrap import intervals
from training.evaluation.metrics import Scored, expected_calibration_error

__all__ = [
    "STANDARD_ERRORS",
    "Figures",
    "Measure",
    "Verdict",
    "behaviour_figures",
    "compare",
    "domain_figures",
    "read",
    "write",
]

STANDARD_ERRORS = 2.5
"""Differences up to this many standard errors are noise. Twenty-one figures of domains are
compared, so at 2.5 an equally good model is refused once in seven times at most (21 × 0.62 %).
Behaviours add little: their errors are those of independent cases, although the cases are the
same."""

_TOLERANCE = {"accuracy": 0.005, "expected_calibration_error": 0.01, "neutral_rate": 0.01}
"""The measures, and the differences that are always accepted. No user notices them, and they are
well above what another CPU's rounding causes: it moves scores by about 1e-4, which changes the
answer to one row in a thousand at most."""


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value and its standard error, in the same unit."""

    value: float
    error: float


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The figures of a held-out domain, or of a behaviour, which has only `accuracy`. Domains
    without neutral texts have a `neutral_rate`. `content` (SHA-256 of the texts and labels) and
    `right` (base64 of one bit per row: whether the answer was right) allow a paired comparison."""

    rows: int
    accuracy: Measure
    expected_calibration_error: Measure | None = None
    neutral_rate: Measure | None = None
    content: str = ""
    right: str = ""


@dataclass(frozen=True)
class Verdict:
    """One line for each figure that is `worse`, and one for each domain or behaviour that was
    `not_compared`."""

    worse: tuple[str, ...]
    not_compared: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.worse)

    def summary(self, *, compared: bool, accepted: bool) -> dict[str, Any]:
        """The gate's result for the model card. `verdict` is accepted, forced, passed, or "no
        reference" if nothing was `compared`; worse figures are listed in any case."""
        passed = "passed" if compared else "no reference"
        verdict = "accepted" if accepted else "forced" if self.worse else passed
        return {"verdict": verdict, **asdict(self)}


def domain_figures(table: pd.DataFrame, scored: Scored) -> Figures:
    """The figures of a domain, from its rows (columns text, label) and their scores."""
    calibration = expected_calibration_error(scored.right, scored.scores)
    neutral = scored.neutral_rate
    content = "\n".join(table["label"] + "\t" + table["text"])
    bounds = intervals(scored)
    return Figures(
        rows=len(table),
        accuracy=_rounded(scored.right.mean(), bounds["accuracy"].error),
        expected_calibration_error=_rounded(
            calibration, bounds["expected_calibration_error"].error
        ),
        neutral_rate=None if neutral is None else _rate(neutral, len(table)),
        content=f"sha256:{hashlib.sha256(content.encode(errors='replace')).hexdigest()}",
        right=base64.b64encode(np.packbits(scored.right).tobytes()).decode(),
    )


def behaviour_figures(results: Sequence[Mapping[str, Any]]) -> dict[str, Figures]:
    """The pass rates in the results of `training.evaluation.behaviour.run`."""
    return {
        f"behaviour “{each['name']}”": Figures(
            rows=each["cases"], accuracy=_rate(each["passed"] / each["cases"], each["cases"])
        )
        for each in results
    }


def compare(reference: Mapping[str, Figures], measured: Mapping[str, Figures]) -> Verdict:
    """Compare the measured figures with the reference: accuracy, calibration error and neutral rate
    of each domain, and the pass rate of each behaviour.

    A difference is noise up to 2.5 standard errors of the difference, and in any case up to 0.5
    points of accuracy, 0.01 of calibration error or one point of the neutral rate. If both models
    saw the same rows, the standard error of the difference in accuracy is the paired one, from the
    rows that only one of them has right (McNemar 1947). Otherwise, and for the other measures, it
    is the root of the sum of the squared errors, which is larger.
    """
    worse = []
    for name in [name for name in reference if name in measured]:
        was, now = reference[name], measured[name]
        for measure, tolerance in _TOLERANCE.items():
            before: Measure | None = getattr(was, measure)
            after: Measure | None = getattr(now, measure)
            if before is None or after is None:
                continue
            error = math.hypot(before.error, after.error)
            loss = after.value - before.value
            if measure == "accuracy":
                error, loss = _paired(was, now) or error, -loss
            margin = max(tolerance, STANDARD_ERRORS * error)
            if loss > margin:
                worse.append(
                    f"{name}: {measure.replace('_', ' ')} {after.value:.2%}, "
                    f"reference {before.value:.2%} (noise: {margin:.2%})"
                )
    missing = [
        f"{name}: in the reference, but not measured" for name in reference if name not in measured
    ]
    new = [f"{name}: not in the reference" for name in measured if name not in reference]
    return Verdict(tuple(worse), tuple(missing + new))


def read(path: Path) -> dict[str, Figures]:
    """The reference; empty if there is no file. Raises DataError for a damaged file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Figures])
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: not a reference for the gate: {error}.") from None


def write(path: Path, reference: Mapping[str, Figures]) -> None:
    """Write the reference."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(reference), indent=2) + b"\n")


def _paired(was: Figures, now: Figures) -> float | None:
    """The paired standard error of the difference in accuracy; None for different rows."""
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


def _rate(share: float, cases: int) -> Measure:
    # Laplace's rule of succession: a share of 0 or 1 in a few cases has an error, too.
    expected = (share * cases + 1) / (cases + 2)
    return _rounded(share, math.sqrt(expected * (1 - expected) / cases))


def _rounded(value: float, error: float) -> Measure:
    # Digits after the sixth only show the CPU's rounding.
    return Measure(round(float(value), 6), round(float(error), 6))
