"""How a candidate's answers compare with those that were given."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bento.model.manifest import LEVELS
from bento.model.model import CLASSES, Model
from training.evaluation.bootstrap import calibration_interval, reliability
from training.evaluation.metrics import expected_calibration_error
from training.evaluation.shares import share
from training.replay.answers import Answers, Flip

__all__ = ["compare", "judged"]

_FLIPS = 20
_WORDS = 4


def compare(model: Model, data: Mapping[str, Any], answers: Answers) -> dict[str, Any]:
    """The comparison as plain data, ready for JSON. Of the answers that `changed`, so many were
    `learned`: they are now as corrections say that the candidate trained on. `otherwise` and
    `flips` are about the rest.

    Args:
        model: the candidate.
        data: what its manifest says of its training data.
        answers: the result of `training.replay.answers.answer`.
    """
    changed = answers.before != answers.after
    matrix = np.zeros((3, 3), dtype=np.int64)
    np.add.at(matrix, (answers.before, answers.after), 1)
    models = [
        {"model": digest, **share(changed[answers.models == code])}
        for code, digest in enumerate(answers.digests)
    ]
    return {
        "candidate": model.digest,
        "records": len(changed),
        "since": answers.since,
        "until": answers.until,
        "changed": share(changed),
        "learned": int(answers.learned.sum()),
        "otherwise": share(changed & ~answers.learned),
        "matrix": matrix.tolist(),
        "by_confidence": [
            {"confidence": level, **share(changed[answers.levels == code])}
            for code, level in enumerate(LEVELS)
        ],
        "by_model": sorted(models, key=lambda row: -row["rows"]),
        "corrected": _corrected(data, answers),
        "flips": _flips(model, answers.flips[:_FLIPS]),
    }


def judged(data: Mapping[str, Any], answers: Answers) -> NDArray[np.bool_]:
    """(n,): the corrected records on which a candidate can be judged, as it did not train on them:
    the held-out ones if it trained on corrections."""
    feedback = data.get("feedback")
    if feedback is None:
        return answers.corrected
    # Versions that held out none may have trained on any.
    return answers.held_out & ("measured" in feedback)


def _corrected(data: Mapping[str, Any], answers: Answers) -> dict[str, Any]:
    """`all` and those `rows` on which the candidate is judged; unless there are none, the measures
    `before` and `after`, and McNemar's test. `trained_on_others`: it trained on corrections."""
    rows = judged(data, answers)
    labels = answers.labels[rows]
    about = {
        "all": int(answers.corrected.sum()),
        "rows": len(labels),
        "trained_on_others": data.get("feedback") is not None,
    }
    if not len(labels):
        return about
    before, after = answers.before[rows] == labels, answers.after[rows] == labels
    return {
        **about,
        "before": _measures(before, answers.scores_before[rows]),
        "after": _measures(after, answers.scores_after[rows]),
        "mcnemar": _mcnemar(before, after),
    }


def _mcnemar(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> dict[str, Any]:
    """McNemar's exact test (1947) of the answers that only one model has right: `lost` by the
    candidate, or `won`. `p` is the probability of a difference as large as this, or larger, if both
    are equally good."""
    lost, won = int((before & ~after).sum()), int((after & ~before).sum())
    p = float(stats.binomtest(min(lost, won), lost + won).pvalue) if lost + won else 1.0
    return {"lost": lost, "won": won, "p": p}


def _measures(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> dict[str, Any]:
    error, bounds = expected_calibration_error(right, scores), calibration_interval(right, scores)
    of = share(right)
    return {
        "accuracy": {
            "count": of["count"],
            "value": of["share"],
            "low": of["low"],
            "high": of["high"],
        },
        "calibration_error": {"value": error, "low": bounds.low, "high": bounds.high},
        "reliability": reliability(right, scores, 1 / len(CLASSES)),
    }


def _flips(model: Model, flips: Sequence[Flip]) -> list[dict[str, Any]]:
    """The flips with the words that moved the candidate most towards its answer; towards neutral
    there is no such direction, so those that moved it most either way."""
    explanations = model.explain([flip.record.original_comment for flip in flips])
    rows = []
    for flip, explanation in zip(flips, explanations, strict=True):
        text, sign = flip.record.original_comment, CLASSES.index(explanation.sentiment) - 1
        spans = [span for span in explanation.spans if span.contribution * sign >= 0]
        rows.append(
            {
                "comment_id": flip.record.comment_id,
                "text": text,
                "before": flip.record.sentiment,
                "score_before": float(flip.record.score),
                "after": flip.sentiment,
                "score_after": round(flip.score, 4),
                "correction": flip.record.label or None,
                "words": [
                    {
                        "word": text[span.start : span.end],
                        "contribution": round(span.contribution, 4),
                    }
                    for span in spans[:_WORDS]
                ],
            }
        )
    return rows
