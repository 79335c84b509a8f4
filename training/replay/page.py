"""The comparison as a single HTML page without scripts or external resources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from bento.model.model import CLASSES
from training import card
from training.card.pictures import reliability
from training.replay.pictures import matrix, shares
from training.replay.report import verdict

__all__ = ["page"]


def page(result: Mapping[str, Any]) -> str:
    """The HTML page for a result of `training.replay.comparison.compare`. All texts in it are
    escaped."""
    folders = [Path(__file__).parent, Path(card.__file__).parent]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["percent"] = lambda value, digits=1: f"{100 * value:.{digits}f}"
    corrected = result["corrected"]
    rows = [("all", result["changed"])]
    rows += [(f"{row['confidence']} confidence", row) for row in result["by_confidence"]]
    rows += [(f"by {row['model'][:15]}…", row) for row in result["by_model"][:20]]
    return environment.get_template("replay.html.j2").render(
        result=result,
        labels=CLASSES,
        verdict=verdict(corrected),
        matrix=matrix(result["matrix"]),
        shares=shares(rows),
        reliability={
            name: reliability(corrected[key]["reliability"], 1 / len(CLASSES))
            for name, key in (("then", "before"), ("now", "after"))
            if key in corrected
        },
    )
