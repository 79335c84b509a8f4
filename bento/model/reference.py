"""What comments are like that the model was made for: how many fall into each bin, by measure.

Whoever watches the comments of today compares them with these counts (`drift`).
"""

from collections.abc import Mapping

import drift
from bento.model.manifest import CLASSES, LEVELS, Reference

__all__ = ["HELD_OUT", "MEASURES", "RECORDED", "TRAINING", "check", "compared", "shares"]

MEASURES: dict[str, tuple[str, ...]] = {
    "sentiment": CLASSES,
    "confidence": LEVELS,
    "unknown_words": drift.bins(drift.UNKNOWN_WORDS),
    "characters": drift.bins(drift.CHARACTERS),
}
"""The bins of each measure. Unknown words are `bento.model.model.Prediction.unknown`."""
TRAINING, HELD_OUT, RECORDED = "training", "held_out", "recorded"
"""The data of a reference. The model knows the words of its training data better than others', so
comments are compared with held-out ones, or with recorded ones that the owner put in their place.
"""
_COMPARED = (HELD_OUT, RECORDED)


def compared(references: Mapping[str, Reference]) -> str | None:
    """The data that comments are compared with; None if there are none."""
    return next((name for name in _COMPARED if name in references), None)


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """The share, 0 to 1, of the comments in each bin of a measure."""
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def check(references: Mapping[str, Reference]) -> None:
    """Raises ValueError if a reference is not as training writes it; it says which."""
    if unknown := references.keys() - {TRAINING, *_COMPARED}:
        raise ValueError(f"there is no reference {min(unknown)!r}")
    if len(references.keys() & {*_COMPARED}) > 1:
        raise ValueError(f"it has more than one reference of {', '.join(_COMPARED)}")
    for name, reference in references.items():
        if reference.counts.keys() != MEASURES.keys():
            raise ValueError(f"its reference {name} does not have {', '.join(MEASURES)}")
        totals = set()
        for measure, counts in reference.counts.items():
            if tuple(counts) != MEASURES[measure]:
                raise ValueError(f"its reference {name} has other bins of {measure}")
            if min(counts.values()) < 0:
                raise ValueError(f"its reference {name} has a negative count of {measure}")
            totals.add(sum(counts.values()))
        if len(totals) > 1 or 0 in totals:
            raise ValueError(f"its reference {name} counts no comments, or not all of them")
