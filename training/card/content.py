"""The content of the card as plain data, ready for JSON."""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bento.model.artifact import Artifact
from bento.model.manifest import LEVELS
from bento.model.model import Model, Prediction
from training import tune
from training.card.failures import known_failures
from training.card.top_terms import top_terms
from training.data.corpus import UNSEEN
from training.data.split import domains
from training.evaluation.baselines import majority
from training.evaluation.bootstrap import accuracy, intervals, reliability
from training.evaluation.metrics import Scored, measure, score
from training.evaluation.slices import measure_slices

__all__ = ["OURS", "content"]

OURS = "Valence"


def content(
    artifact: Artifact,
    test: pd.DataFrame,
    systems: Mapping[str, NDArray[np.float64]],
    curve: Mapping[int, NDArray[np.float64]],
    gate: Mapping[str, Any],
    behaviours: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The card of an artifact.

    Args:
        artifact: the artifact, with its data, settings and libraries.
        test: the held-out rows (columns text, label, source).
        systems: name → (n, 3) probabilities of the held-out texts; lexicons only rank the classes.
        curve: number of training rows → (n, 3) probabilities by a model of that many rows.
        gate: the result of `training.evaluation.gate.Verdict.summary`.
        behaviours: the results of `training.evaluation.behaviour.run`.
    """
    manifest = artifact.manifest
    model = Model(artifact)
    texts = list(test["text"])
    ours = model.probabilities(texts)
    answers = model.classify(texts)
    training_rows = sum(row["size"] for row in manifest.data.get("rows", []))
    masks = domains(test)
    held_out = test.groupby(["source", "label"], as_index=False).size()
    systems = {OURS: ours, **systems}
    described = {
        name: _domain(
            test[mask],
            list(compress(answers, mask)),
            {system: probabilities[mask] for system, probabilities in systems.items()},
        )
        for name, mask in masks.items()
    }
    return {
        "digest": artifact.digest,
        "created": manifest.created,
        "data": {**manifest.data, "held_out": held_out.to_dict("records")},
        "settings": manifest.settings,
        "thresholds": msgspec.to_builtins(manifest.thresholds),
        "libraries": manifest.libraries,
        "features": len(artifact.features),
        "gate": dict(gate),
        "domains": described,
        "curve": [
            {
                "rows": rows,
                "accuracy": {
                    name: float(score(test["label"][mask], probabilities[mask]).right.mean())
                    for name, mask in masks.items()
                },
            }
            for rows, probabilities in {**curve, training_rows: ours}.items()
        ],
        "neutral_curve": _neutral_curve(test, ours),
        "top_terms": top_terms(artifact),
        "behaviour": list(behaviours),
        "known_failures": known_failures(described, behaviours, OURS),
    }


def _neutral_curve(test: pd.DataFrame, ours: NDArray[np.float64]) -> list[dict[str, Any]]:
    unseen = (test["source"] == UNSEEN).to_numpy()
    return tune.curve(test["label"][unseen], ours[unseen]) if unseen.any() else []


def _domain(
    part: pd.DataFrame,
    answers: Sequence[Prediction],
    systems: Mapping[str, NDArray[np.float64]],
) -> dict[str, Any]:
    labels = part["label"]
    scored = score(labels, systems[OURS])
    # Answers as users get them: of all three classes, even if no text is neutral.
    confusion = [
        np.bincount(systems[OURS][labels == label].argmax(axis=1), minlength=3).tolist()
        for label in scored.classes
    ]
    return {
        "rows": len(part),
        "classes": list(scored.classes),
        "systems": {
            # Calibration needs probabilities; the others only name a class.
            name: _measures(
                score(labels, probabilities), calibrated=name in (OURS, "classic recipe")
            )
            for name, probabilities in {**systems, "majority class": majority(labels)}.items()
        },
        "confusion": confusion,
        "reliability": reliability(scored.right, scored.scores, 1 / len(scored.classes)),
        "confidence": _confidence(labels, answers),
        "slices": measure_slices(part["text"], scored.right),
    }


def _measures(scored: Scored, *, calibrated: bool) -> dict[str, Any]:
    values, bounds = measure(scored), intervals(scored)
    names = ["accuracy", "macro_f1", "macro_recall", "neutral_rate"]
    if calibrated:
        names += ["brier", "expected_calibration_error"]
    measures = {name: {"value": values[name]} for name in names if name in values}
    for name in measures.keys() & bounds:
        measures[name] |= {"low": bounds[name].low, "high": bounds[name].high}
    return measures


def _confidence(labels: pd.Series, answers: Sequence[Prediction]) -> list[dict[str, Any]]:
    # Answers as users get them: of all three classes, so that a wrong "neutral" is an error.
    right = np.array([a.sentiment == label for a, label in zip(answers, labels, strict=True)])
    levels = np.array([answer.confidence for answer in answers])
    return [
        {
            "level": level,
            "share": float((levels == level).mean()),
            **accuracy(right[levels == level]),
        }
        for level in LEVELS
    ]
