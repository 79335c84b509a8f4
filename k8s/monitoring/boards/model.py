"""The board *Model*: what it says, how two artifacts differ, and whether comments have changed."""

from __future__ import annotations

from collections.abc import Sequence

from drift import LARGE, LEAST_COMMENTS, NOTICEABLE
from k8s.monitoring.boards.panels import SECONDS, SHARE, Panel, Query, chart, number, rate
from k8s.monitoring.boards.panels import board as board_of
from k8s.monitoring.drift import indices, population_stability_index, shifts
from k8s.monitoring.series import bento, gateway

# The days that drift compares: the last one, and the week before it.
_LAST, _BEFORE = "[1d]", "[7d] offset 1d"
_DRIFT_BOUNDS = (NOTICEABLE, LARGE)
_PREDICTIONS = gateway("predictions_total")
_TEXTS = bento("texts_total")
_UNKNOWN = "unknown_words_ratio"


def _share(part: str, whole: str, by: str) -> str:
    """Which share of the events of each label are of a kind."""
    return f"sum by ({by}) ({rate(part)}) / sum by ({by}) ({rate(whole)})"


def _shares(counter: str, label: str, window: str) -> str:
    """The share of each value of a label within a window."""
    of_all = f"scalar(sum(rate({counter}{window})))"
    return f"(sum by ({label}) (rate({counter}{window})) / {of_all} > 0)"


def _moved(counter: str, label: str) -> str:
    """How much the shares of a label's values have moved since the week before. Values that only
    one of the two times has are left out."""
    now, before = _shares(counter, label, _LAST), _shares(counter, label, _BEFORE)
    return population_stability_index(now, before)


def _mean_unknown(window: str) -> str:
    total, count = (bento(f"{_UNKNOWN}_{each}") for each in ("sum", "count"))
    return f"sum(rate({total}{window})) / sum(rate({count}{window}))"


def _opinions() -> list[Panel]:
    return [
        chart(
            "Sentiment",
            Query(
                f"sum by (sentiment) ({rate(_PREDICTIONS)}) / scalar(sum({rate(_PREDICTIONS)}))",
                "{{sentiment}}",
            ),
            unit=SHARE,
            stacked=True,
        ),
        chart(
            "Confidence",
            Query(
                f"sum by (confidence) ({rate(_PREDICTIONS)}) / scalar(sum({rate(_PREDICTIONS)}))",
                "{{confidence}}",
            ),
            unit=SHARE,
            stacked=True,
        ),
        chart(
            "Corrections a second",
            Query(
                f"sum by (sentiment, correction) ({rate(gateway('corrections_total'))})",
                "{{sentiment}}, people say {{correction}}",
            ),
        ),
    ]


def _comments() -> list[Panel]:
    lengths = gateway("comment_characters_bucket")
    return [
        chart(
            "Languages",
            Query(
                f"topk(10, sum by (language) ({rate(_TEXTS)}) / scalar(sum({rate(_TEXTS)})))",
                "{{language}}",
            ),
            unit=SHARE,
        ),
        chart(
            "Characters of a comment",
            *(
                Query(
                    f"histogram_quantile({share:g}, sum by (le) ({rate(lengths)}))",
                    f"p{share * 100:g}",
                )
                for share in (0.5, 0.95)
            ),
        ),
        chart(
            "Unknown words of a comment",
            *(
                Query(
                    f"histogram_quantile({share:g}, sum by (le)"
                    f" ({rate(bento(f'{_UNKNOWN}_bucket'))}))",
                    f"p{share * 100:g}",
                )
                for share in (0.5, 0.95)
            ),
            unit=SHARE,
        ),
    ]


def _artifacts() -> list[Panel]:
    mean = (rate(bento(f"{_UNKNOWN}_{each}")) for each in ("sum", "count"))
    of_a_sentiment = {
        each: gateway("predictions_total", sentiment=each) for each in ("negative", "positive")
    }
    return [
        chart(
            "Comments a second",
            Query(f"sum by (model) ({rate(_PREDICTIONS)})", "{{model}}"),
        ),
        *(
            chart(
                f"Called {sentiment}",
                Query(_share(counter, _PREDICTIONS, "model"), "{{model}}"),
                unit=SHARE,
            )
            for sentiment, counter in of_a_sentiment.items()
        ),
        chart(
            "Of low confidence",
            Query(
                _share(gateway("predictions_total", confidence="low"), _PREDICTIONS, "model"),
                "{{model}}",
            ),
            unit=SHARE,
        ),
        chart(
            "Call to the Bento",
            *(
                Query(
                    f"histogram_quantile({share:g}, sum by (le, model)"
                    f" ({rate(gateway('model_answer_duration_seconds_bucket'))}))",
                    f"p{share * 100:g} of {{{{model}}}}",
                )
                for share in (0.5, 0.99)
            ),
            unit=SECONDS,
        ),
        chart(
            "Unknown words, mean",
            Query(" / ".join(f"sum by (model) ({each})" for each in mean), "{{model}}"),
            unit=SHARE,
        ),
        chart(
            "Corrected by people, over a day",
            Query(
                f"sum by (model) (rate({gateway('corrections_total')}[1d]))"
                f" / sum by (model) (rate({_PREDICTIONS}[1d]))",
                "{{model}}",
            ),
            unit=SHARE,
        ),
    ]


def _drift() -> list[Panel]:
    about = (
        "Population stability index of the last day against the week before: from 0.1 on look at"
        " it, from 0.25 on the comments are others than those before."
    )
    return [
        number(
            "Drift of the sentiments",
            Query(_moved(_PREDICTIONS, "sentiment"), "index"),
            description=about,
            bounds=_DRIFT_BOUNDS,
        ),
        number(
            "Drift of the languages",
            Query(_moved(_TEXTS, "language"), "index"),
            description=about,
            bounds=_DRIFT_BOUNDS,
        ),
        number(
            "Unknown words, now and before",
            Query(_mean_unknown(_LAST), "last day"),
            Query(_mean_unknown(_BEFORE), "week before"),
            unit=SHARE,
        ),
    ]


def _reference() -> list[Panel]:
    about = (
        f"Of models with at least {LEAST_COMMENTS} comments in the last day, and with a reference."
    )
    return [
        chart(
            "Drift from the reference",
            Query(indices(), "{{measure}} {{model}}"),
            description="Population stability index of the last day. " + about,
            bounds=_DRIFT_BOUNDS,
        ),
        chart(
            "Bins that moved most",
            Query(f"topk(8, {shifts()})", "{{measure}} {{bin}} {{model}}"),
            unit=SHARE,
            description="How far the share of comments in a bin is from the reference's. " + about,
        ),
    ]


def board(runbook: str) -> str:
    """The board as JSON, with a link to the runbook's URL."""
    rows: dict[str, Sequence[Panel]] = {
        "What it says": _opinions(),
        "What it reads": _comments(),
        "Artifacts side by side: a canary and the stable one": _artifacts(),
        "Drift: the last day against what the model was made for": _reference(),
        "Drift: the last day against the week before": _drift(),
    }
    return board_of(
        "Model",
        "What it says, how two artifacts differ, and whether the comments have changed.",
        rows,
        runbook=runbook,
        since="now-24h",
    )
