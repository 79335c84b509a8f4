"""The model at work: texts in, sentiments out, with numpy and plain Python only.

Three logistic stages share one table of terms: is the text positive or negative, is it neutral,
and is it written like a comment or like a review (its register, which only calibration needs). A
text's terms are binary and weighted by idf; the norm is damped, so that one word alone does not
shout: `logit = Σ idf·w / √(Σ idf² + damping) + intercept`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from bento.model import artifact
from bento.model.artifact import CLASSES, Sentiment
from bento.model.vocabulary import BREAKS, Vocabulary

__all__ = [
    "CLASSES",
    "STAGES",
    "Confidence",
    "Explanation",
    "Model",
    "Prediction",
    "Sentiment",
    "Span",
]

Confidence = Literal["high", "medium", "low"]
STAGES = ("polarity", "neutrality", "register")


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """`score` is the calibrated probability of `sentiment`, 1/3 to 1; `unknown` the share, 0 to 1,
    of the text's different words that training never saw, weighted by idf (1 for a text without
    words)."""

    sentiment: Sentiment
    score: float
    confidence: Confidence
    unknown: float


class Span(msgspec.Struct, frozen=True, gc=False):
    """A token's place in the text as it was sent, in code points, and its share of the logit."""

    start: int
    end: int
    contribution: float


class Explanation(Prediction, frozen=True, gc=False):
    """A prediction and why: the contributions and `intercept` sum to `logit`, the log-odds of
    positive against negative. `spans` has the largest contribution first, and no zeros. Of a text
    that is not judged, as nearly nothing in it is known, nothing counts: all is 0."""

    logit: float
    intercept: float
    spans: list[Span]


class Model:
    """A loaded artifact. Safe to use from many threads: all that changes is what the vocabulary
    remembers, and two that look up the same token remember the same."""

    def __init__(self, data: artifact.Artifact) -> None:
        manifest = data.manifest
        self.digest = manifest.digest or data.digest
        self._thresholds = manifest.thresholds
        self._damping = manifest.damping
        self._calibration = manifest.calibration
        self._unseen = manifest.unseen
        self._intercepts: list[float] = data.intercepts.tolist()
        self._vocabulary = Vocabulary(data.terms)
        # Columns: the three stages' weights times idf, idf², and the idf of single words.
        self._table = np.zeros((len(data.idf) + 1, 5), dtype=np.float32)
        self._table[1:, :3] = data.weights * data.idf[:, None]
        self._table[1:, 3] = np.square(data.idf)
        words = len(data.idf) - len(data.terms.pairs)
        self._table[1 : words + 1, 4] = data.idf[:words]
        # Punctuation says nothing about how much of a text is known.
        self._table[BREAKS, 4] = 0

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Raises `bento.model.artifact.ArtifactError`."""
        return cls(artifact.load(folder))

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction a text, in order. A text's answer does not depend on its neighbours."""
        return [self._judge(*scored) for scored in zip(*self._score(texts), strict=True)]

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """The predictions of `classify`, with the part that each token had in them."""
        return [self._explain(each) for each in texts]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(len(texts), 3): the logits of STAGES, uncalibrated."""
        sums = np.array(self._score(texts)[0]).reshape(-1, 5)
        norms = np.sqrt(sums[:, 3:4] + self._damping)
        return np.asarray(sums[:, :3] / norms + self._intercepts)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(len(texts), 3): the probabilities of CLASSES; the answer is the largest, which is its
        score."""
        scored = zip(*self._score(texts), strict=True)
        return np.array([self._weigh(*each)[0] for each in scored]).reshape(-1, 3)

    def _score(self, texts: Sequence[str]) -> tuple[list[list[float]], list[int]]:
        """For each text the sums over its rows of the table, and how many different tokens are
        unknown."""
        vocabulary = self._vocabulary
        rows: list[int] = []
        starts: list[int] = []
        unknown: list[int] = []
        for each in texts:
            numbers, unseen = vocabulary.numbers(each)
            unknown.append(unseen)
            starts.append(len(rows))
            found = set(vocabulary.pairs(numbers))
            found.update(vocabulary.tokens(numbers))
            # No text is without rows: those of nothing add nothing.
            found.add(0)
            rows += found
        if not texts:
            return [], []
        if len(texts) == 1:
            sums = self._table.take(rows, 0).sum(0, dtype=np.float64)
            return [sums.tolist()], unknown
        table = self._table.take(rows, 0)
        return np.add.reduceat(table, starts, 0, dtype=np.float64).tolist(), unknown

    def _weigh(
        self, sums: list[float], unknown: int
    ) -> tuple[tuple[float, float, float], float, float, float]:
        """The probabilities of CLASSES, the calibrated logit, the scale that made it of the raw
        one, and the share of the unknown."""
        mass, known = sums[3], sums[4]
        norm = math.sqrt(mass + self._damping)
        first, second, third = self._intercepts
        polarity = sums[0] / norm + first
        neutrality = sums[1] / norm + second
        register = sums[2] / norm + third
        calibration = self._calibration
        scale = calibration.scale(polarity, register, mass)
        logit = polarity * scale
        lost = unknown * self._unseen
        share = lost / (lost + known) if known else 1.0
        if share > self._thresholds.unknown:
            return _nothing_known(logit), 0.0, 0.0, share
        found = calibration.probabilities(logit, polarity, neutrality, register)
        return found, logit, scale, share

    def _judge(self, sums: list[float], unknown: int) -> Prediction:
        probabilities, _, _, share = self._weigh(sums, unknown)
        return Prediction(*self._name(probabilities), share)

    def _name(
        self, probabilities: tuple[float, float, float]
    ) -> tuple[Sentiment, float, Confidence]:
        score = max(probabilities)
        sentiment = CLASSES[probabilities.index(score)]
        if score < self._thresholds.medium:
            return sentiment, score, "low"
        return sentiment, score, "high" if score >= self._thresholds.high else "medium"

    def _explain(self, each: str) -> Explanation:
        vocabulary = self._vocabulary
        numbers, unknown, places = vocabulary.places(each)
        tokens, pairs = vocabulary.tokens(numbers), vocabulary.pairs(numbers)
        counts = Counter(tokens)
        counts.update(pairs)
        counts[0] = 1
        rows = list(counts)
        table = self._table.take(rows, 0)
        sums = table.sum(0, dtype=np.float64).tolist()
        probabilities, logit, scale, share = self._weigh(sums, unknown)
        # A term counts once: those that repeat it share it.
        each_time = scale / math.sqrt(sums[3] + self._damping)
        value = {
            row: weight * each_time / times
            for (row, times), weight in zip(counts.items(), table[:, 0].tolist(), strict=True)
        }
        shares = [value[row] for row in tokens]
        # A pair belongs half to each of its tokens.
        for place, row in enumerate(pairs):
            if row:
                half = value[row] / 2
                shares[place] += half
                shares[place + 1] += half
        spans = [
            Span(start, end, share)
            for (start, end), share in zip(places, shares, strict=True)
            if share
        ]
        spans.sort(key=_size, reverse=True)
        # Not −0.
        intercept = self._intercepts[0] * scale if scale else 0.0
        return Explanation(*self._name(probabilities), share, logit, intercept, spans)


def _size(span: Span) -> float:
    return abs(span.contribution)


def _nothing_known(logit: float) -> tuple[float, float, float]:
    """Each class is as likely, neutral is the honest one to name, and the lean of what little is
    known shows in the ninth digit."""
    lean = math.copysign(1e-9, logit)
    return 1 / 3 - 1e-9 - lean, 1 / 3 + 2e-9, 1 / 3 - 1e-9 + lean
