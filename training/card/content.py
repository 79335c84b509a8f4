"""What the card says: everything in it as plain data, ready for JSON."""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bento.model.artifact import Artifact
from bento.model.model import Model, Prediction
from training.card.failures import known_failures
from training.card.top_terms import telling
from training.data.domains import domains
from training.evaluation.baselines import majority
from training.evaluation.bootstrap import intervals, mean_interval
from training.evaluation.metrics import Scored, measure, score
from training.evaluation.slices import measure_slices

__all__ = ["OURS", "content"]

OURS = "Valence"
_BINS = 10
_LEVELS = ("high", "medium", "low")


def content(
    made: Artifact,
    test: pd.DataFrame,
    systems: Mapping[str, NDArray[np.float64]],
    curve: Mapping[int, NDArray[np.float64]],
    gate: Mapping[str, Any],
    behaviours: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The card of an artifact.

    Args:
        made: the artifact, with its digest, data, settings and libraries.
        test: the held-out rows (columns text, label, source).
        systems: name → (n, 3) probabilities, or what orders as they do, of the held-out texts.
        curve: number of training rows → (n, 3) probabilities by a model of so many.
        gate: what the gate found.
        behaviours: what `training.evaluation.behaviour.run` found.
    """
    manifest = made.manifest
    model = Model(made)
    texts = list(test["text"])
    ours = model.probabilities(texts)
    answers = model.classify(texts)
    trained = sum(row["size"] for row in manifest.data.get("rows", []))
    tested = domains(test)
    held_out = test.groupby(["source", "label"], as_index=False).size()
    described = {
        name: _domain(test[rows], ours[rows], list(compress(answers, rows)), _of(systems, rows))
        for name, rows in tested.items()
    }
    return {
        "digest": made.digest,
        "created": manifest.created,
        "data": {**manifest.data, "held_out": held_out.to_dict("records")},
        "settings": manifest.settings,
        "thresholds": msgspec.to_builtins(manifest.thresholds),
        "libraries": manifest.libraries,
        "features": len(made.features),
        "gate": dict(gate),
        "domains": described,
        "curve": _curve({**curve, trained: ours}, test, tested),
        "telling": telling(made),
        "behaviour": list(behaviours),
        "known_failures": known_failures(described, behaviours, OURS),
    }


def _of(
    systems: Mapping[str, NDArray[np.float64]], rows: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    return {name: probabilities[rows] for name, probabilities in systems.items()}


def _domain(
    part: pd.DataFrame,
    ours: NDArray[np.float64],
    answers: Sequence[Prediction],
    systems: Mapping[str, NDArray[np.float64]],
) -> dict[str, Any]:
    scored = score(part["label"], ours)
    others = {name: score(part["label"], found) for name, found in systems.items()}
    most = score(part["label"], majority(list(part["text"]), part["label"]))
    # As users get the answers: of all three classes, also where no text is neutral.
    matrix = [
        np.bincount(ours[part["label"] == label].argmax(axis=1), minlength=3).tolist()
        for label in scored.classes
    ]
    return {
        "rows": len(part),
        "classes": list(scored.classes),
        "systems": {
            OURS: _measures(scored, calibrated=True),
            # The others name a class; only who gives probabilities can be calibrated.
            **{
                name: _measures(other, calibrated=name == "classic recipe")
                for name, other in others.items()
            },
            "majority class": _measures(most, calibrated=False),
        },
        "confusion": matrix,
        "reliability": _reliability(scored),
        "confidence": _confidence(part["label"], answers),
        "slices": measure_slices(part["text"], scored.right),
    }


def _measures(scored: Scored, *, calibrated: bool) -> dict[str, Any]:
    values = measure(scored.labels, scored.probabilities)
    bounds = intervals(scored.labels, scored.probabilities)
    names = ["accuracy", "macro_f1"]
    if calibrated:
        names += ["brier", "expected_calibration_error"]
    found: dict[str, Any] = {
        name: {"value": values[name], "low": bounds[name].low, "high": bounds[name].high}
        for name in names
    }
    found["macro_recall"] = {"value": values["macro_recall"]}
    if scored.neutral_rate is not None:
        found["neutral_rate"] = {"value": scored.neutral_rate}
    return found


def _reliability(scored: Scored) -> list[dict[str, Any]]:
    # Bins of equal width over the scores there can be: from 1/k on.
    scores = scored.probabilities.max(axis=1)
    edges = np.linspace(1 / len(scored.classes), 1, _BINS + 1)
    bins = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, _BINS - 1)
    found = []
    for i in range(_BINS):
        inside = bins == i
        if inside.any():
            interval = mean_interval(scored.right[inside])
            row = {"from": edges[i], "to": edges[i + 1], "score": scores[inside].mean()}
            row |= {"accuracy": scored.right[inside].mean()}
            row |= {"low": interval.low, "high": interval.high}
            found.append({"rows": int(inside.sum()), **{k: float(v) for k, v in row.items()}})
    return found


def _confidence(labels: pd.Series, answers: Sequence[Prediction]) -> list[dict[str, Any]]:
    # As users see it: of all three answers, so that a wrong "neutral" is an error.
    right = np.array([a.sentiment == label for a, label in zip(answers, labels, strict=True)])
    levels = np.array([answer.confidence for answer in answers])
    found = []
    for level in _LEVELS:
        inside = levels == level
        row: dict[str, Any] = {"level": level, "rows": int(inside.sum())}
        row["share"] = float(inside.mean())
        if inside.any():
            interval = mean_interval(right[inside])
            row |= {"accuracy": float(right[inside].mean())}
            row |= {"low": interval.low, "high": interval.high}
        found.append(row)
    return found


def _curve(
    points: Mapping[int, NDArray[np.float64]],
    test: pd.DataFrame,
    tested: Mapping[str, NDArray[np.bool_]],
) -> list[dict[str, Any]]:
    found = []
    for rows, probabilities in points.items():
        accuracy = {
            name: float(score(test["label"][inside], probabilities[inside]).right.mean())
            for name, inside in tested.items()
        }
        found.append({"rows": rows, "accuracy": accuracy})
    return found
