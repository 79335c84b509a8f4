"""The known failures of a model, as sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["known_failures"]

_MIN_PASS_RATE = 0.8
"""A behaviour that passes in a smaller share of its cases is a known failure."""
_MIN_ROWS = 50
"""Slices with fewer texts show little."""

_ALWAYS = (
    "It knows only English. Other languages should get low confidence, but a word that looks "
    "English can mislead it.",
    "It adds up words and pairs of words; it does not understand them. It misses sarcasm and "
    "hints, and a text that praises one thing and blames another gets a single label.",
    "It learnt from film reviews, from tweets about a few subjects, and from comments and posts of "
    "our own, and may take the names of those subjects for sentiment (see “Top terms”). Its "
    "accuracy on your own comments may differ; measure it with python -m training evaluate.",
)


def known_failures(
    domains: Mapping[str, Mapping[str, Any]], behaviours: Sequence[Mapping[str, Any]], ours: str
) -> list[str]:
    """One sentence for each failure: those of every model, behaviours that often fail, and slices
    with lower accuracy."""
    return [*_ALWAYS, *_behaviours(behaviours), *_slices(domains, ours)]


def _behaviours(behaviours: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in sorted(behaviours, key=lambda row: row["passed"] / row["cases"]):
        if row["passed"] < _MIN_PASS_RATE * row["cases"]:
            answers = (
                f"“{answer['text']}”, called {answer['sentiment']} ({answer['score']:.2f})"
                for answer in row["failures"][0]
            )
            yield (
                f"{row['name']}: {row['cases'] - row['passed']} of {row['cases']} cases fail, "
                f"such as {', and '.join(answers)}."
            )


def _slices(domains: Mapping[str, Mapping[str, Any]], ours: str) -> Iterator[str]:
    for name, domain in domains.items():
        whole = domain["systems"][ours]["accuracy"]["value"]
        for part in domain["slices"]:
            # Worse beyond noise: the accuracy on all texts lies above the slice's interval.
            if part["rows"] >= _MIN_ROWS and part["high"] < whole:
                yield (
                    f"{name}: on texts with {part['slice']} the accuracy is "
                    f"{part['accuracy']:.1%}, on all texts {whole:.1%}."
                )
