"""Inference: from texts to sentiments, with numpy and plain Python only.

Five logistic stages share one table of terms. `polarity`: is the text positive or negative;
`neutrality` and `post_neutrality`: is it neutral, as comments are, and as posts on social media
are; `no_review`: is it written like a comment or like a review; `post`: is it written like a post
or like a comment. Calibration makes one answer of them. A text's terms are binary and weighted by
idf; the norm is damped, so that a single word does not dominate:
`logit = Σ idf·w / √(Σ idf² + damping) + intercept`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from bento.model import artifact
from bento.model.calibration import STAGES, Logits, has_post_mark
from bento.model.language import ENGLISH, language
from bento.model.manifest import CLASSES, Confidence, Sentiment
from bento.model.vocabulary import BREAKS, Vocabulary

__all__ = [
    "CLASSES",
    "STAGES",
    "Confidence",
    "Distribution",
    "Explanation",
    "Model",
    "Prediction",
    "Probabilities",
    "Sentiment",
    "Span",
]

_MOSTLY_UNKNOWN = 0.5
"""Unknown share of a text above which no confidence is high: it may be in two languages."""
_MANY = 8
"""Texts from which on their terms are looked up together."""
_COLUMNS = len(STAGES) + 2


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """A text's sentiment. `score` is the calibrated probability of `sentiment`, 1/3 to 1; `unknown`
    is the share, 0 to 1, of the text's distinct words that training never saw, weighted by idf
    (1 for a text without words). `language` is an ISO 639-1 code or `und`; only answers to English
    texts have a confidence above low."""

    sentiment: Sentiment
    score: float
    confidence: Confidence
    unknown: float
    language: str


class Probabilities(msgspec.Struct, frozen=True, gc=False):
    """The calibrated probabilities of the three classes, which sum to 1."""

    negative: float
    neutral: float
    positive: float


class Distribution(Prediction, frozen=True, gc=False):
    """A prediction with the probabilities of all classes."""

    probabilities: Probabilities


class Span(msgspec.Struct, frozen=True, gc=False):
    """A token's position in the original text, in code points, and its share of the logit."""

    start: int
    end: int
    contribution: float


class Explanation(Prediction, frozen=True, gc=False):
    """A prediction with its reasons: the contributions and `intercept` sum to `logit`, the log-odds
    of positive against negative. `spans` has the largest contribution first, and no zeros. If the
    text is too unknown for an opinion, `logit` and `intercept` are 0 and there are no spans."""

    logit: float
    intercept: float
    spans: list[Span]


class Model:
    """A loaded artifact. Safe to use from many threads: only the vocabulary's cache changes, and
    threads that look up the same token store the same number."""

    def __init__(self, data: artifact.Artifact) -> None:
        manifest = data.manifest
        self.digest = manifest.digest or data.digest
        self._thresholds = manifest.thresholds
        self._damping = manifest.damping
        self._calibration = manifest.calibration
        self._unseen = manifest.unseen
        self._intercepts: list[float] = data.intercepts.tolist()
        self._vocabulary = Vocabulary(data.terms, data.idf)
        # Columns: the stages' weights times idf, idf², and the idf of single words.
        self._table = np.zeros((len(data.idf) + 1, _COLUMNS), dtype=np.float32)
        self._table[1:, :-2] = data.weights * data.idf[:, None]
        self._table[1:, -2] = np.square(data.idf)
        words = len(data.idf) - len(data.terms.pairs)
        self._table[1 : words + 1, -1] = data.idf[:words]
        # Punctuation does not count towards the known part of a text.
        self._table[BREAKS, -1] = 0

    @classmethod
    def load(cls, folder: Path, expected_digest: str = "") -> "Model":
        """The model of the artifact in `folder`; the parameters are those of
        `bento.model.artifact.load`. Raises `bento.model.manifest.ArtifactError`."""
        return cls(artifact.load(folder, expected_digest))

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction per text, in order. A prediction does not depend on the other texts."""
        return [self._predict(*each) for each in zip(texts, *self._sums(texts), strict=True)]

    def distributions(self, texts: Sequence[str]) -> list[Distribution]:
        """The predictions of `classify`, with the probabilities of all classes."""
        answers = []
        for text, sums, unknown in zip(texts, *self._sums(texts), strict=True):
            probabilities, _, _, share = self._calibrate(text, sums, unknown)
            answer = self._answer(text, probabilities, share)
            answers.append(Distribution(*answer, Probabilities(*probabilities)))
        return answers

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """The predictions of `classify`, with the contribution of each token."""
        return [self._explain(text) for text in texts]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(len(texts), 5): the uncalibrated logits of STAGES."""
        sums = np.array(self._sums(texts)[0]).reshape(-1, _COLUMNS)
        norms = np.sqrt(sums[:, -2:-1] + self._damping)
        return np.asarray(sums[:, :-2] / norms + self._intercepts)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(len(texts), 3): the probabilities of CLASSES. The largest is the prediction's score."""
        sums = zip(texts, *self._sums(texts), strict=True)
        return np.array([self._calibrate(*each)[0] for each in sums]).reshape(-1, 3)

    def _sums(self, texts: Sequence[str]) -> tuple[list[list[float]], list[int]]:
        """For each text the column sums over its rows of the table, and its number of distinct
        unknown tokens."""
        vocabulary = self._vocabulary
        if len(texts) >= _MANY:
            numbered = [vocabulary.numbers(text) for text in texts]
            distinct, places = vocabulary.rows([numbers for numbers, _ in numbered])
            sums = np.add.reduceat(self._table.take(distinct, 0), places, 0, dtype=np.float64)
            return sums.tolist(), [unseen for _, unseen in numbered]
        rows: list[int] = []
        starts: list[int] = []
        unknown: list[int] = []
        for text in texts:
            numbers, unseen = vocabulary.numbers(text)
            unknown.append(unseen)
            starts.append(len(rows))
            text_rows = set(vocabulary.pairs(numbers))
            text_rows.update(vocabulary.tokens(numbers))
            # Row 0 is all zeros; with it no text is without rows, which reduceat cannot handle.
            text_rows.add(0)
            # In order, as sums of many texts have it: otherwise their last bits would differ.
            rows += sorted(text_rows)
        if not texts:
            return [], []
        table = self._table.take(rows, 0)
        if len(texts) == 1:
            return [np.add.reduce(table, 0, np.float64).tolist()], unknown
        return np.add.reduceat(table, starts, 0, dtype=np.float64).tolist(), unknown

    def _calibrate(
        self, text: str, sums: list[float], unknown: int
    ) -> tuple[tuple[float, float, float], float, float, float]:
        """The probabilities of CLASSES, the calibrated polarity logit, its ratio to the raw one,
        and the unknown share of the text."""
        *stages, mass, known = sums
        norm = math.sqrt(mass + self._damping)
        logits = Logits(*[s / norm + i for s, i in zip(stages, self._intercepts, strict=True)])
        unseen = unknown * self._unseen
        share = unseen / (unseen + known) if known else 1.0
        if share > self._thresholds.unknown:
            return _no_opinion(logits.polarity), 0.0, 0.0, share
        probabilities, factor = self._calibration.probabilities(logits, has_post_mark(text))
        return probabilities, logits.polarity * factor, factor, share

    def _predict(self, text: str, sums: list[float], unknown: int) -> Prediction:
        probabilities, _, _, share = self._calibrate(text, sums, unknown)
        return Prediction(*self._answer(text, probabilities, share))

    def _answer(
        self, text: str, probabilities: tuple[float, float, float], unknown: float
    ) -> tuple[Sentiment, float, Confidence, float, str]:
        """The fields of a Prediction."""
        score = max(probabilities)
        sentiment = CLASSES[probabilities.index(score)]
        code = language(text, unknown)
        is_high = score >= self._thresholds.high and unknown <= _MOSTLY_UNKNOWN
        confidence: Confidence = "high" if is_high else "medium"
        if score < self._thresholds.medium or code != ENGLISH:
            confidence = "low"
        return sentiment, score, confidence, unknown, code

    def _explain(self, text: str) -> Explanation:
        vocabulary = self._vocabulary
        numbers, unknown, token_spans = vocabulary.spans(text)
        tokens, pairs = vocabulary.tokens(numbers), vocabulary.pairs(numbers)
        counts = Counter(tokens)
        counts.update(pairs)
        counts[0] = 1
        rows = list(counts)
        table = self._table.take(rows, 0)
        sums = table.sum(0, dtype=np.float64).tolist()
        probabilities, logit, factor, share = self._calibrate(text, sums, unknown)
        # A term counts once per text: its occurrences share the contribution.
        factor_per_weight = factor / math.sqrt(sums[-2] + self._damping)
        value = {
            row: weight * factor_per_weight / times
            for (row, times), weight in zip(counts.items(), table[:, 0].tolist(), strict=True)
        }
        contributions = [value[row] for row in tokens]
        # Half of a pair's contribution goes to each of its tokens.
        for index, row in enumerate(pairs):
            if row:
                half = value[row] / 2
                contributions[index] += half
                contributions[index + 1] += half
        spans = [
            Span(start, end, contribution)
            for (start, end), contribution in zip(token_spans, contributions, strict=True)
            if contribution
        ]
        spans.sort(key=lambda span: abs(span.contribution), reverse=True)
        # Avoids −0 for a negative intercept.
        intercept = self._intercepts[0] * factor if factor else 0.0
        return Explanation(*self._answer(text, probabilities, share), logit, intercept, spans)


def _no_opinion(logit: float) -> tuple[float, float, float]:
    """A third for each class, with neutral just ahead. The sign of `logit` remains in the ninth
    digit, so that the two poles can still be compared."""
    lean = math.copysign(1e-9, logit)
    return 1 / 3 - 1e-9 - lean, 1 / 3 + 2e-9, 1 / 3 - 1e-9 + lean
