"""Made-up series of comments whose shares of bins are known, and of an artifact's reference."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from bento.model.reference import HELD_OUT, MEASURES
from tests.support.alerts import LABELS

MODEL = "sha256:made-up"
Shares = Mapping[str, Sequence[float]]
"""By measure, of its bins in their order."""
ORDINARY: Shares = {
    "sentiment": (0.3, 0.4, 0.3),
    "confidence": (0.2, 0.5, 0.3),
    "unknown_words": (0.5, 0.1, 0.1, 0.1, 0.05, 0.05, 0.04, 0.03, 0.02, 0.01, 0, 0),
    "characters": (0.01, 0.04, 0.2, 0.3, 0.3, 0.1, 0.03, 0.01, 0.01, 0),
}
FOREIGN_WORDS: Shares = {
    **ORDINARY,
    "unknown_words": (0.1, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0),
}
"""Comments with many words that the model does not know, and else as ever."""


def reference(
    shares: Shares = ORDINARY, *, data: str = HELD_OUT, model: str = MODEL
) -> dict[str, str]:
    """What a Bento says that comments are like."""
    return {
        f'valence_bento_reference_ratio{{{LABELS},data="{data}",measure="{measure}",'
        f'bin="{name}",model="{model}"}}': f"{share}x1500"
        for measure, bins in MEASURES.items()
        for name, share in zip(bins, shares[measure], strict=True)
    }


def comments(shares: Shares, a_minute: float, *, model: str = MODEL) -> dict[str, str]:
    """What a gateway and a Bento count.

    Args:
        shares: of the comments.
        a_minute: how many there are.
        model: which answers.
    """
    labels = f'{LABELS},model="{model}"'
    values = {
        f'valence_gateway_predictions_total{{{labels},sentiment="{sentiment}",'
        f'confidence="{confidence}"}}': of_sentiment * of_confidence
        for sentiment, of_sentiment in zip(MEASURES["sentiment"], shares["sentiment"], strict=True)
        for confidence, of_confidence in zip(
            MEASURES["confidence"], shares["confidence"], strict=True
        )
        # Nothing is counted before it happens once.
        if of_sentiment * of_confidence
    }
    for histogram, measure in (
        ("valence_bento_unknown_words_ratio", "unknown_words"),
        ("valence_gateway_comment_characters", "characters"),
    ):
        up_to = itertools.accumulate(shares[measure])
        values |= {
            f'{histogram}_bucket{{{labels},le="{bound}"}}': share
            for bound, share in zip(MEASURES[measure], up_to, strict=True)
        }
    return {name: f"0+{share * a_minute:.9f}x1500" for name, share in values.items()}
