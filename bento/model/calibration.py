"""Calibration: turns the logits of the linear stages into probabilities that match observed
frequencies.

The same logit is stronger evidence in a long review than in a tweet, and reviews are hardly ever
neutral; posts on social media are neutral for other reasons than reviews are. So besides the
logits, calibration uses how much of the text is known, its register, and whether it is a post
(Platt 1999, with three more variables). Its coefficients are fitted on rows the stages did not see.
"""

import math

import msgspec

__all__ = ["Calibration", "is_post", "neutrality_terms", "polarity_terms"]

# The largest logit that trials had rows for; beyond it a larger one changes nothing.
_MAX_LOGIT = 4.0


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Coefficients of `polarity_terms` and `neutrality_terms`."""

    polarity: tuple[float, float, float, float]
    neutrality: tuple[float, float, float, float, float, float, float, float, float]

    def polarity_factor(self, polarity: float, register: float, mass: float) -> float:
        """The factor that turns the raw polarity logit into the log-odds of positive against
        negative; always above 0."""
        terms = polarity_terms(polarity, register, mass)
        return max(0.05, sum(map(float.__mul__, self.polarity, terms)))

    def probabilities(
        self, logit: float, polarity: float, neutrality: float, register: float, post: bool
    ) -> tuple[float, float, float]:
        """Probabilities of negative, neutral and positive, from the calibrated polarity `logit`,
        the raw logits of the three stages, and whether the text is a `post`."""
        terms = neutrality_terms(polarity, neutrality, register, post)
        neutral = _logistic(sum(map(float.__mul__, self.neutrality, terms)))
        positive = _logistic(logit)
        return (1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive


def is_post(text: str) -> bool:
    """Whether a text looks like a post on social media: it has a mention, a hashtag or an
    address."""
    return "@" in text or "#" in text or "://" in text


def polarity_terms(
    polarity: float, register: float, mass: float
) -> tuple[float, float, float, float]:
    """The variables of `Calibration.polarity_factor`: a constant, the text's length, its register
    and the size of the logit itself. `mass` is the sum of idf² over the text's known terms."""
    return 1.0, math.log(mass + 60.0) - 7.0, _register(register), min(abs(polarity), _MAX_LOGIT)


def neutrality_terms(
    polarity: float, neutrality: float, register: float, post: bool
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """The variables of the log-odds of neutral: a constant, the neutrality logit, and the size of
    the polarity logit; the same three times the register; and the same three if it is a post."""
    size = min(abs(polarity), _MAX_LOGIT)
    comment = _register(register)
    plain = 1.0, neutrality, size
    return *plain, comment, neutrality * comment, size * comment, *(plain if post else (0.0,) * 3)


def _register(logit: float) -> float:
    # 0 for a clear review, 1 for everything else, with a steep slope: texts between the registers
    # of the training data (most comments) are better treated as texts that may be neutral.
    return _logistic(4 * (logit + 1.3))


def _logistic(logit: float) -> float:
    # exp overflows beyond ±700; at ±30 the probability already is 0 or 1 to 13 digits.
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, logit))))
