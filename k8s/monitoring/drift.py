"""The rules that compare a day's comments with the reference of the artifact that answered them.

`drift` has the bins and the formula; here they are written for Prometheus. A gateway counts what
was recorded; the Bento counts unknown words of what it reads, and has the references.
"""

from __future__ import annotations

from collections.abc import Sequence

import drift
from k8s.monitoring.rule import Rule, alert, record
from k8s.monitoring.series import bento, gateway

DAY = "1d"
CUMULATIVE = f"valence:drift_cumulative:increase{DAY}"
COMMENTS = f"valence:drift_comments:increase{DAY}"
SHARES = f"valence:drift_shares:ratio{DAY}"
INDEX = f"valence:drift_index:psi{DAY}"
_REFERENCE = f"max by (model, measure, bin, data) ({bento('reference_ratio')})"
_NOT_TRAINING = 'data!="training"'
"""The data that comments are compared with; to those of training nobody's are equal."""


def population_stability_index(now: str, reference: str, *, by: str = "", on: str = "") -> str:
    """The expression of Σ (p - q) ln(p / q), see `drift.population_stability_index`.

    Args:
        now: the shares p.
        reference: the shares q.
        by: the clause that tells which sums are kept apart.
        on: the clause that tells which shares belong together; by default those with equal labels.
    """
    return f"sum {by}(({now} -{on} {reference}) * ln({now} /{on} {reference}))"


def shifts() -> str:
    """The expression of how far the share of each bin has moved, up or down."""
    reference = f"max by (model, measure, bin) ({bento('reference_ratio', _NOT_TRAINING)})"
    return f"abs({SHARES} - {reference})"


def indices() -> str:
    """The selector of the indices of the comments that were compared, by model and measure."""
    return f"{INDEX}{{{_NOT_TRAINING}}}"


def _cumulative(histogram: str) -> str:
    return f"sum by (model, le) (increase({histogram}[{DAY}]))"


def _labelled(counter: str, label: str) -> str:
    """Comments by the bins that a counter has as values of a label."""
    increase = f"increase({counter}[{DAY}])"
    return f'sum by (model, bin) (label_replace({increase}, "bin", "$1", "{label}", "(.*)"))'


def _differences(measure: str, bounds: Sequence[float]) -> str:
    """Comments in each bin of a histogram, whose buckets have those of smaller values as well."""
    terms, lower = [], ""
    for name in drift.bins(bounds):
        bucket = f'{CUMULATIVE}{{measure="{measure}",le="{name}"}}'
        # Each bucket is extrapolated on its own, so a difference may be just below 0.
        term = f"clamp_min({bucket} - ignoring (le) {lower}, 0)" if lower else bucket
        terms.append(f'label_replace({term}, "bin", "{name}", "", "")')
        lower = bucket
    either = "\nor ".join(terms)
    return f"sum by (model, bin) (\n{either}\n)"


def _shares() -> str:
    # A bin that the reference has, and no comment of the day.
    none = f"max by (model, measure, bin) ({bento('reference_ratio')}) * 0"
    total = f"sum by (model, measure) ({COMMENTS}) >= {drift.LEAST_COMMENTS}"
    return f"({COMMENTS} or {none})\n/ on (model, measure) group_left ()\n({total})"


def _index() -> str:
    now, reference = (f"clamp_min({shares}, {drift.FLOOR:g})" for shares in (SHARES, _REFERENCE))
    return population_stability_index(
        now,
        reference,
        by="by (model, measure, data) ",
        on=" on (model, measure, bin) group_right",
    )


_PREDICTIONS = gateway("predictions_total")
_HISTOGRAMS = {
    "unknown_words": (bento("unknown_words_ratio_bucket"), drift.UNKNOWN_WORDS),
    "characters": (gateway("comment_characters_bucket"), drift.CHARACTERS),
}
RULES: list[Rule] = [
    *(
        record(CUMULATIVE, _cumulative(histogram), measure=measure)
        for measure, (histogram, _) in _HISTOGRAMS.items()
    ),
    *(
        record(COMMENTS, _labelled(_PREDICTIONS, measure), measure=measure)
        for measure in ("sentiment", "confidence")
    ),
    *(
        record(COMMENTS, _differences(measure, bounds), measure=measure)
        for measure, (_, bounds) in _HISTOGRAMS.items()
    ),
    record(SHARES, _shares()),
    record(INDEX, _index()),
    alert(
        "ValenceModelDrift",
        f"max({indices()}) > {drift.LARGE:g}",
        minutes=60,
        severity="ticket",
        summary="Comments are others than those that the model was made for, so its answers may be"
        " less right than its card says.",
    ),
]
"""Shares and index are there for models with a reference and with enough comments in a day."""
