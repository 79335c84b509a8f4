"""What is known to go wrong, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["known_failures"]

_OFTEN = 0.8
"""Behaviours that pass less often are failures to know about."""
_ROWS = 50
"""Slices of fewer texts tell little."""

_ALWAYS = (
    "It knows English only. Other languages should get low confidence, but a word that looks "
    "English can mislead it.",
    "It weighs words and pairs of words; it does not read. Sarcasm and hints escape it, and a text "
    "that praises one thing and blames another gets one label.",
    "It learned from film reviews and from tweets about few subjects, whose names it may take for "
    "signs (see “What it goes by”). How good it is on your own comments only they tell: python -m "
    "training evaluate measures it on them.",
)


def known_failures(
    domains: Mapping[str, Mapping[str, Any]], behaviours: Sequence[Mapping[str, Any]], ours: str
) -> list[str]:
    """One sentence each: what always holds, behaviours that fail often, slices that are worse."""
    return [*_ALWAYS, *_behaviours(behaviours), *_slices(domains, ours)]


def _behaviours(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in sorted(found, key=lambda each: each["passed"] / each["cases"]):
        if each["passed"] < _OFTEN * each["cases"]:
            said = (
                f"“{answer['text']}”, called {answer['sentiment']} ({answer['score']:.2f})"
                for answer in each["failures"][0]
            )
            yield (
                f"{each['name']}: {each['cases'] - each['passed']} of {each['cases']} cases fail, "
                f"such as {', and '.join(said)}."
            )


def _slices(domains: Mapping[str, Mapping[str, Any]], ours: str) -> Iterator[str]:
    for name, domain in domains.items():
        whole = domain["systems"][ours]["accuracy"]["value"]
        for part in domain["slices"]:
            # Worse beyond noise: the whole lies above the slice's interval.
            if part["rows"] >= _ROWS and part["high"] < whole:
                yield (
                    f"{name}: of texts with {part['slice']} {part['accuracy']:.1%} are answered "
                    f"right, of all {whole:.1%}."
                )
