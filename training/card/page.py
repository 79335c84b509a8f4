"""The card as a single HTML page without scripts or external resources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bento.model.model import CLASSES
from training import pages
from training.card import pictures
from training.card.content import OURS
from training.evaluation.behaviour import TOLERANCE
from training.evaluation.bootstrap import RESAMPLES

__all__ = ["page"]

_KINDS = {
    "MFT": "Minimum functionality: a text has a known answer",
    "INV": "Invariance: an irrelevant change must not change the answer",
    "DIR": f"Direction: a change must not move polarity the wrong way by more than {TOLERANCE}",
}


def page(card: Mapping[str, Any]) -> str:
    """The HTML page for a card of `training.card.content.content`. All texts in it are escaped."""
    domains = card["domains"]
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for part, rows in (("train", card["data"]["rows"]), ("test", card["data"]["held_out"])):
        for row in rows:
            counts.setdefault(row["source"], {}).setdefault(row["label"], {})[part] = row["size"]
    return pages.page(
        Path(__file__).with_name("card.html.j2"),
        card=card,
        ours=OURS,
        labels=CLASSES,
        counts=counts,
        kinds=_KINDS,
        resamples=RESAMPLES,
        pictures={
            "accuracy": pictures.accuracy(domains) if domains else "",
            "neutral_curve": (
                pictures.neutral_curve(card["neutral_curve"]) if card["neutral_curve"] else ""
            ),
            "curve": pictures.curve(card["curve"]) if domains else "",
            "reliability": {
                name: pictures.reliability(domain["reliability"], 1 / len(domain["classes"]))
                for name, domain in domains.items()
            },
        },
    )
