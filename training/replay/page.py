"""The comparison as a single HTML page without scripts or external resources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bento.model.model import CLASSES
from training import pages
from training.card.pictures import reliability
from training.data.exports import period
from training.replay.pictures import matrix, shares
from training.replay.report import changes, verdict

__all__ = ["page"]


def page(result: Mapping[str, Any]) -> str:
    """The HTML page for a result of `training.replay.comparison.compare`. All texts in it are
    escaped."""
    corrected = result["corrected"]
    rows = [("all", result["changed"])]
    rows += [(f"{row['confidence']} confidence", row) for row in result["by_confidence"]]
    rows += [(f"by {row['model'][:15]}…", row) for row in result["by_model"][:20]]
    return pages.page(
        Path(__file__).with_name("replay.html.j2"),
        result=result,
        labels=CLASSES,
        period=period(result["since"], result["until"]),
        changes=changes(result),
        verdict=verdict(corrected),
        matrix=matrix(result["matrix"]),
        shares=shares(rows),
        reliability={
            name: reliability(corrected[key]["reliability"], 1 / len(CLASSES))
            for name, key in (("then", "before"), ("now", "after"))
            if key in corrected
        },
    )
