"""From the logits of the linear stages to probabilities that mean what they say.

A logit of one and the same size is worth more in a long review than in a tweet, and in a review
neutral is hardly ever meant. So the calibration sees, beside the stages' logits, how much of the
text is known and of which register it is (Platt 1999, with two more variables). Its coefficients
are fitted on rows that the stages did not see.
"""

import math

import msgspec

__all__ = ["Calibration", "neutrality_terms", "polarity_terms"]

# Beyond these a trial had no rows to fit on.
_LARGEST = 4.0


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Coefficients of `polarity_terms` and of `neutrality_terms`."""

    polarity: tuple[float, float, float, float]
    neutrality: tuple[float, float, float, float, float, float]

    def scale(self, polarity: float, register: float, mass: float) -> float:
        """What the raw polarity logit is multiplied with to be the log-odds of positive against
        negative; always above 0."""
        terms = polarity_terms(polarity, register, mass)
        return max(0.05, sum(map(float.__mul__, self.polarity, terms)))

    def probabilities(
        self, logit: float, polarity: float, neutrality: float, register: float
    ) -> tuple[float, float, float]:
        """Of negative, neutral and positive, by the calibrated logit and the raw ones."""
        terms = neutrality_terms(polarity, neutrality, register)
        neutral = _logistic(sum(map(float.__mul__, self.neutrality, terms)))
        positive = _logistic(logit)
        return (1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive


def polarity_terms(
    polarity: float, register: float, mass: float
) -> tuple[float, float, float, float]:
    """What the scale of the polarity logit depends on: a constant, the text's length, its register
    and the logit's own size. `mass` is the sum of idf² over the text's known terms."""
    return 1.0, math.log(mass + 60.0) - 7.0, _register(register), min(abs(polarity), _LARGEST)


def neutrality_terms(
    polarity: float, neutrality: float, register: float
) -> tuple[float, float, float, float, float, float]:
    """What the log-odds of neutral depend on: a constant, the stage's logit, the size of the
    polarity, the register, and the register's interplay with both."""
    size = min(abs(polarity), _LARGEST)
    tweet = _register(register)
    return 1.0, neutrality, size, tweet, neutrality * tweet, size * tweet


def _register(logit: float) -> float:
    # Steep, and 1 for all that is not plainly a review: what lies between the registers of the
    # training data (most comments) is better treated as one that may be neutral.
    return _logistic(4 * (logit + 0.8))


def _logistic(logit: float) -> float:
    # Far beyond ±700 exp overflows; at ±30 the probability is 1 to 13 digits already.
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, logit))))
