"""Calibration: turns the logits of the linear stages into probabilities that match observed
frequencies.

The same logit is stronger evidence in a long review than in a tweet, reviews are hardly ever
neutral, and posts on social media are neutral for other reasons than comments are. So besides the
logits, calibration uses how much of the text is known and its register: a text is partly a review,
partly a comment and partly a post, and each of the three has a line of its own from logits to the
log-odds of neutral (Platt 1999; the mixture is that of Jacobs et al. 1991, "Adaptive Mixtures of
Local Experts"). The coefficients are fitted on rows the stages did not see.
"""

import math
from operator import mul
from typing import NamedTuple

import msgspec

__all__ = ["Calibration", "Logits", "Register", "is_post", "neutrality_terms", "polarity_terms"]

# The largest logit that trials had rows for; beyond it a larger one changes nothing.
_MAX_LOGIT = 4.0


class Logits(NamedTuple):
    """The raw logits of the stages that `bento.model.model` describes."""

    polarity: float
    neutrality: float
    post_neutrality: float
    register: float
    post: float


class Register(NamedTuple):
    """How much a text is written like each kind of text, in shares that sum to 1."""

    review: float
    comment: float
    post: float

    @classmethod
    def of(cls, logits: Logits, post: bool) -> "Register":
        """The register by the logits; `post` is the result of `is_post`."""
        # 0 for a clear review, 1 for everything else, with a steep slope: texts between the
        # registers of the training data (most comments) are better treated as texts that may be
        # neutral.
        no_review = _logistic(4 * (logits.register + 1.3))
        # Tweets have few words that tell them from comments, but most have a mark that does.
        as_post = no_review * _logistic(1.5 * (logits.post + 0.5 + post))
        return cls(1 - no_review, no_review - as_post, as_post)


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Coefficients of `polarity_terms` and `neutrality_terms`."""

    polarity: tuple[float, float, float, float]
    neutrality: tuple[float, float, float, float, float, float, float, float, float]

    def polarity_factor(self, polarity: float, register: Register, mass: float) -> float:
        """The factor that turns the raw polarity logit into the log-odds of positive against
        negative; always above 0."""
        terms = polarity_terms(polarity, register, mass)
        factor: float = sum(map(mul, self.polarity, terms))
        return max(0.05, factor)

    def probabilities(
        self, logit: float, logits: Logits, register: Register
    ) -> tuple[float, float, float]:
        """Probabilities of negative, neutral and positive, from the calibrated polarity `logit`,
        the raw logits of the stages, and the register."""
        terms = neutrality_terms(logits, register)
        neutral = _logistic(sum(map(mul, self.neutrality, terms)))
        positive = _logistic(logit)
        return (1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive

    def biased(self, bias: float, of_posts: float) -> "Calibration":
        """The calibration with `bias` added to the log-odds of neutral, or `of_posts` to those of
        posts."""
        a, b, c, d, e, f, g, h, i = self.neutrality
        neutrality = a + bias, b, c, d + bias, e, f, g + of_posts, h, i
        return msgspec.structs.replace(self, neutrality=neutrality)


def is_post(text: str) -> bool:
    """Whether a text looks like a post on social media: it has a mention, a hashtag or an
    address."""
    return "@" in text or "#" in text or "://" in text


def polarity_terms(
    polarity: float, register: Register, mass: float
) -> tuple[float, float, float, float]:
    """The variables of `Calibration.polarity_factor`: a constant, the text's length, how little it
    is a review, and the size of the logit itself. `mass` is the sum of idf² over the text's known
    terms."""
    length = math.log(mass + 60.0) - 7.0
    return 1.0, length, 1 - register.review, min(abs(polarity), _MAX_LOGIT)


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
    # The same as 1 / (1 + exp(-logit)), which overflows for large negative logits.
    return 0.5 + 0.5 * math.tanh(logit / 2)
