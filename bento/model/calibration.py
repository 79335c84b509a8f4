"""Calibration: turns the logits of the linear stages into probabilities that match observed
frequencies.

The same logit is stronger evidence in a review than in a comment, reviews are hardly ever neutral,
and posts on social media are neutral for other reasons than comments are. So besides the logits,
calibration uses the text's register: a text is partly a review, partly a comment and partly a post,
and each of the three has a line of its own from logits to the log-odds of neutral (Platt 1999; the
mixture is that of Jacobs et al. 1991, "Adaptive Mixtures of Local Experts"). The coefficients are
fitted on rows the stages did not see.
"""

import math
from operator import mul
from typing import NamedTuple

import msgspec

__all__ = [
    "STAGES",
    "Calibration",
    "Logits",
    "Register",
    "has_post_mark",
    "neutrality_terms",
    "polarity_terms",
]

# The largest logit that trials had rows for; beyond it a larger one changes nothing.
_MAX_LOGIT = 4.0


class Logits(NamedTuple):
    """The raw logits of the stages that `bento.model.model` describes."""

    polarity: float
    neutrality: float
    post_neutrality: float
    no_review: float
    post: float


STAGES = Logits._fields
"""The names of the stages, in the order of the weights' columns."""


class Register(NamedTuple):
    """How much a text is written like each kind of text, in shares that sum to 1."""

    review: float
    comment: float
    post: float

    @classmethod
    def of(cls, logits: Logits, post_mark: bool) -> "Register":
        """The register by the logits and by the result of `has_post_mark`."""
        # 0 for a clear review, 1 for everything else, with a steep slope: texts between the
        # registers of the training data (most comments) are better treated as texts that may be
        # neutral.
        no_review = _logistic(4 * (logits.no_review + 1.3))
        # Tweets have few words that tell them from comments, but most have a mark that does.
        post = no_review * _logistic(1.5 * (logits.post + 0.5 + post_mark))
        return cls(1 - no_review, no_review - post, post)


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Coefficients of `polarity_terms` and `neutrality_terms`."""

    polarity: tuple[float, float]
    neutrality: tuple[float, float, float, float, float, float, float, float, float]

    def probabilities(
        self, logits: Logits, post_mark: bool
    ) -> tuple[tuple[float, float, float], float]:
        """Probabilities of negative, neutral and positive, and the factor, always above 0, that
        turns the polarity logit into the log-odds of positive against negative. `post_mark` is the
        result of `has_post_mark`."""
        register = Register.of(logits, post_mark)
        factor = max(0.05, sum(map(mul, self.polarity, polarity_terms(register))))
        positive = _logistic(logits.polarity * factor)
        neutral = _logistic(sum(map(mul, self.neutrality, neutrality_terms(logits, register))))
        return ((1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive), factor

    def with_bias(self, bias: float, of_posts: float) -> "Calibration":
        """The calibration with `bias` added to the log-odds of neutral of reviews and comments, and
        `of_posts` to those of posts."""
        a, b, c, d, e, f, g, h, i = self.neutrality
        neutrality = a + bias, b, c, d + bias, e, f, g + of_posts, h, i
        return msgspec.structs.replace(self, neutrality=neutrality)


def has_post_mark(text: str) -> bool:
    """Whether a text has a mention, a hashtag or an address, as many posts on social media have."""
    return "@" in text or "#" in text or "://" in text


def polarity_terms(register: Register) -> tuple[float, float]:
    """The variables of the factor of `Calibration.probabilities`: how much the text is a review,
    and how much it is something else."""
    return register.review, 1 - register.review


def neutrality_terms(
    logits: Logits, register: Register
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """The variables of the log-odds of neutral: for a review, a comment and a post each a constant,
    the logit of neutrality, and the size of the polarity logit, times the share of the register."""
    size = min(abs(logits.polarity), _MAX_LOGIT)
    review, comment, post = register
    neutrality, post_neutrality = logits.neutrality, logits.post_neutrality
    return (
        *(review, neutrality * review, size * review),
        *(comment, neutrality * comment, size * comment),
        *(post, post_neutrality * post, size * post),
    )


def _logistic(logit: float) -> float:
    # 1 / (1 + exp(-logit)) would overflow below -709. This is exactly 0 below about -37.
    return 0.5 + 0.5 * math.tanh(logit / 2)
