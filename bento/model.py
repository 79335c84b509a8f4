"""The model at work: texts in, sentiments out, with numpy and plain Python only.

Two logistic stages share one table of features: is the text neutral or not, and if not, is it
positive or negative. A text's features are binary and weighted by idf; the norm is damped, so that
one word alone does not shout: `logit = Σ idf·w / √(Σ idf² + damping) + intercept`. Calibration is
an affine map of each logit and therefore already inside the weights.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from bento import artifact, text

__all__ = ["CLASSES", "Confidence", "Model", "Prediction", "Sentiment"]

Sentiment = Literal["negative", "neutral", "positive"]
Confidence = Literal["high", "medium", "low"]
CLASSES: tuple[Sentiment, ...] = ("negative", "neutral", "positive")


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """`score` is the calibrated probability of `sentiment`, 1/3 to 1; `unknown` the share, 0 to 1,
    of the text's tokens that training never saw (1 for a text without tokens)."""

    sentiment: Sentiment
    score: float
    confidence: Confidence
    unknown: float


class Model:
    """A loaded artifact. Safe to use from many threads: nothing changes after the start."""

    def __init__(self, data: artifact.Artifact) -> None:
        self.digest = data.manifest.digest or data.digest
        self._thresholds = data.manifest.thresholds
        self._damping = data.manifest.damping
        self._stems = data.stems
        # Row 0 is a feature of weight zero: it keeps the rows of a text without features non-empty.
        self._rows = {term: row for row, term in enumerate(data.features, start=1)}
        self._table = np.zeros((len(data.features) + 1, 3))
        self._table[1:, 0] = np.square(data.idf, dtype=np.float64)
        self._table[1:, 1:] = np.multiply(data.weights, data.idf[:, None], dtype=np.float64)
        self._intercepts = data.intercepts

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Raises `bento.artifact.ArtifactError`."""
        return cls(artifact.load(folder))

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order. A text's answer does not depend on its neighbours."""
        if not texts:
            return []
        logits, unknown = self._score(texts)
        probabilities = _probabilities(logits, unknown)
        best = probabilities.argmax(axis=1)
        scores = probabilities.max(axis=1).tolist()
        return [
            Prediction(CLASSES[label], score, self._confidence(score, share), share)
            for label, score, share in zip(best.tolist(), scores, unknown, strict=True)
        ]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(len(texts), 2): the calibrated logits of "not neutral" and of "positive, if not
        neutral"."""
        return self._score(texts)[0] if texts else np.empty((0, 2))

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(len(texts), 3): the probabilities of CLASSES."""
        return _probabilities(*self._score(texts)) if texts else np.empty((0, 3))

    def _score(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], list[float]]:
        row = self._rows.get
        rows: list[int] = []
        starts: list[int] = []
        unknown: list[float] = []
        for each in texts:
            starts.append(len(rows))
            words = text.unigrams(each, self._stems)
            known = [found for word in words if (found := row(word)) is not None]
            unknown.append(1 - len(known) / len(words) if words else 1.0)
            known += [found for pair in text.bigrams(words) if (found := row(pair)) is not None]
            rows.append(0)
            rows += set(known)
        sums = np.add.reduceat(self._table[rows], starts, axis=0)
        norms = np.sqrt(sums[:, :1] + self._damping)
        return sums[:, 1:] / norms + self._intercepts, unknown

    def _confidence(self, score: float, unknown: float) -> Confidence:
        if unknown > self._thresholds.unknown or score < self._thresholds.medium:
            return "low"
        return "high" if score >= self._thresholds.high else "medium"


def _probabilities(logits: NDArray[np.float64], unknown: Sequence[float]) -> NDArray[np.float64]:
    # Far beyond ±700 exp overflows; at ±30 the probability is 1 to 13 digits already.
    polar, positive = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).T
    table = np.column_stack((polar * (1 - positive), 1 - polar, polar * positive))
    for index, share in enumerate(unknown):
        if share == 1:
            # Nothing known: each class is as likely, and neutral is the honest one to name.
            table[index] = _NOTHING_KNOWN
    return cast("NDArray[np.float64]", table)


_NOTHING_KNOWN = np.array([1 / 3 - 1e-9, 1 / 3 + 2e-9, 1 / 3 - 1e-9])
