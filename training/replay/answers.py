"""A candidate's answers to recorded comments, beside those that were given then."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bento.model.manifest import LEVELS
from bento.model.model import CLASSES, Model
from training.data import cleaning, split
from training.data.exports import Record
from training.errors import DataError

__all__ = ["Answers", "Flip", "answer"]

_MAX_FLIPS = 50
_CODE: dict[str, int] = {name: code for code, name in enumerate(CLASSES)}
_LEVEL: dict[str, int] = {name: code for code, name in enumerate(LEVELS)}
_UNCORRECTED = -1


@dataclass(frozen=True, order=True)
class Flip:
    """A record whose answer would be another; `certainty` is the smaller of the two scores."""

    certainty: float
    record: Record = field(compare=False)
    sentiment: str = field(compare=False)
    score: float = field(compare=False)


@dataclass(frozen=True)
class Answers:
    """Of n records, newest first: the answers `before` and `after` and the `labels` of people
    (-1: none) as codes of CLASSES, the scores, the `levels` of confidence before as codes of
    LEVELS, and which of `digests` answered. `held_out` are those that training never takes.
    `learned` are changes to a label that the candidate trained on. `flips` are the most certain of
    the other changes, each text once."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    scores_before: NDArray[np.float64]
    scores_after: NDArray[np.float64]
    levels: NDArray[np.int64]
    models: NDArray[np.int64]
    labels: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    learned: NDArray[np.bool_]
    digests: list[str]
    flips: list[Flip]
    since: str
    until: str

    @property
    def corrected(self) -> NDArray[np.bool_]:
        """(n,): whether a person said what the comment means."""
        return np.asarray(self.labels != _UNCORRECTED)


class _Columns:
    """The columns of `Answers` while they grow, in an array for each batch."""

    def __init__(self, trained_on: Mapping[str, str]) -> None:
        self._trained_on = trained_on
        self.codes: list[NDArray[np.int64]] = []
        self.scores: list[NDArray[np.float64]] = []
        self.digests: dict[str, int] = {}
        self.flips: list[Flip] = []
        self._flipped: set[str] = set()

    def add(self, records: Sequence[Record], probabilities: NDArray[np.float64]) -> None:
        """Raises KeyError and ValueError for values that no gateway writes."""
        # Every step of Python for each record counts: the model takes 20 µs for a short text.
        before = [_CODE[record.sentiment] for record in records]
        was = np.array([record.score for record in records]).astype(np.float64)
        if not ((was >= 0) & (was <= 1)).all():
            raise ValueError("a score is not from 0 to 1")
        levels = [_LEVEL[record.confidence] for record in records]
        known = self.digests
        models = [known.setdefault(record.model, len(known)) for record in records]
        labels = [_UNCORRECTED] * len(records)
        held_out, trained = [0] * len(records), [0] * len(records)
        for i, record in enumerate(records):
            if record.correction or record.corrected:
                labels[i] = _CODE[record.label]
                held_out[i] = _is_held_out(record.original_comment)
                # A correction that is another one now is none that it trained on.
                trained[i] = self._trained_on.get(record.comment_id) == record.label
        after, scores = probabilities.argmax(axis=1), probabilities.max(axis=1)
        learned = np.array(trained, dtype=bool) & (after == labels) & (after != before)
        codes = np.array([before, after, levels, models, labels, held_out, learned], dtype=np.int64)
        certainty = np.minimum(was, scores)
        for i in np.flatnonzero((codes[0] != after) & ~learned).tolist():
            if certainty[i] > self._least and records[i].original_comment not in self._flipped:
                self._keep(Flip(certainty[i], records[i], CLASSES[after[i]], float(scores[i])))
        self.codes.append(codes)
        self.scores.append(np.array([was, scores]))

    @property
    def _least(self) -> float:
        """The certainty that a flip must exceed to be kept."""
        return self.flips[0].certainty if len(self.flips) == _MAX_FLIPS else 0.0

    def _keep(self, flip: Flip) -> None:
        self._flipped.add(flip.record.original_comment)
        heapq.heappush(self.flips, flip)
        if len(self.flips) > _MAX_FLIPS:
            self._flipped.discard(heapq.heappop(self.flips).record.original_comment)


def answer(
    model: Model,
    batches: Iterable[Sequence[Record]],
    source: str,
    trained_on: Mapping[str, str] | None = None,
) -> Answers:
    """The candidate's answers to all records, newest first.

    Args:
        model: the candidate.
        batches: of records.
        source: where they come from, for errors.
        trained_on: the corrections that it trained on, of `training.data.feedback.trained_on`.

    Raises:
        DataError: there are no records, or one that no gateway wrote.
    """
    columns = _Columns(trained_on or {})
    since = until = ""
    for batch in batches:
        # Without the language of the answer, which only its confidence depends on.
        probabilities = model.probabilities([record.original_comment for record in batch])
        try:
            columns.add(batch, probabilities)
        except (KeyError, ValueError) as error:
            raise DataError(f"{source}: not the record of an answer: {error}.") from None
        until = until or batch[0].timestamp
        since = batch[-1].timestamp
    if not columns.codes:
        raise DataError(f"{source}: no records.")
    codes = np.concatenate(columns.codes, axis=1)
    before, after, levels, models, labels, held_out, learned = codes
    scores = np.concatenate(columns.scores, axis=1)
    return Answers(
        before=before,
        after=after,
        scores_before=scores[0],
        scores_after=scores[1],
        levels=levels,
        models=models,
        labels=labels,
        held_out=held_out.astype(bool),
        learned=learned.astype(bool),
        digests=list(columns.digests),
        flips=sorted(columns.flips, reverse=True),
        since=since,
        until=until,
    )


def _is_held_out(text: str) -> bool:
    return split.is_held_out_correction(cleaning.loose(cleaning.repair(text)))
