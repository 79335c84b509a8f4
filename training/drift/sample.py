"""What comments are like for a model: how many fall into each bin, by measure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import drift
from bento.model.model import Model
from bento.model.reference import MEASURES
from training.data.exports import Record
from training.errors import DataError

__all__ = ["Sample", "read"]


@dataclass
class Sample:
    """Counts of comments. `counts` has, for each of `bento.model.reference.MEASURES`, the number in
    each bin; `since` and `until` are the times of the oldest and the newest, and `models` tells how
    many each model answered. Of comments without a record, these are empty."""

    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: dict.fromkeys(bins, 0) for name, bins in MEASURES.items()}
    )
    since: str = ""
    until: str = ""
    models: Counter[str] = field(default_factory=Counter)

    @property
    def comments(self) -> int:
        """How many were counted."""
        return sum(self.counts["sentiment"].values())

    def add(self, model: Model, texts: Sequence[str]) -> None:
        """Count what the model makes of the texts."""
        counts = self.counts
        for text, answer in zip(texts, model.classify(texts), strict=True):
            counts["sentiment"][answer.sentiment] += 1
            counts["confidence"][answer.confidence] += 1
            words = bisect_left(drift.UNKNOWN_WORDS, answer.unknown)
            counts["unknown_words"][MEASURES["unknown_words"][words]] += 1
            characters = bisect_left(drift.CHARACTERS, len(text))
            counts["characters"][MEASURES["characters"][characters]] += 1


def read(model: Model, batches: Iterable[Sequence[Record]], source: str) -> Sample:
    """Count recorded comments, newest first. The model reads each text again, so that the answers
    of another are not taken for a change of the comments.

    Raises:
        DataError: there are no records.
    """
    sample = Sample()
    for batch in batches:
        sample.add(model, [record.original_comment for record in batch])
        sample.models.update(record.model for record in batch)
        sample.until = sample.until or batch[0].timestamp
        sample.since = batch[-1].timestamp
    if not sample.comments:
        raise DataError(f"{source}: no records.")
    return sample
