"""The pictures of the page, as SVG."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.patches import Rectangle

from bento.model.model import CLASSES
from training.card.pictures import COLOURS, INK, chart

__all__ = ["matrix", "shares"]


def matrix(counts: Sequence[Sequence[int]]) -> Markup:
    """How many answers of each class (rows) became which (columns), shaded by the share of the
    row."""
    with chart("Answers then and now", 3.6, 2.9) as (axes, svg):
        for i, row in enumerate(counts):
            total = max(1, sum(row))
            for j, count in enumerate(row):
                share = count / total
                colour = COLOURS[0] if i == j else COLOURS[1]
                # A square root, so that rare changes are seen.
                axes.add_patch(
                    Rectangle(
                        (j - 0.47, i - 0.45), 0.94, 0.9, color=colour, alpha=0.75 * share**0.5
                    )
                )
                axes.text(j, i - 0.12, f"{count:,}", ha="center", va="center", fontsize=11)
                axes.text(j, i + 0.22, f"{share:.1%}", ha="center", va="center", fontsize=8)
        axes.set_xlim(-0.5, 2.5)
        axes.set_ylim(2.5, -0.5)
        axes.set_xticks(range(3), [f"now {name}" for name in CLASSES])
        axes.set_yticks(range(3), [f"then\n{name}" for name in CLASSES])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return svg()


def shares(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Markup:
    """The share of changed answers of each row (its name, and `share`, `low` and `high`)."""
    known = [(name, row) for name, row in rows if row["rows"]]
    with chart("Share of changed answers", 5.4, 0.7 + 0.3 * len(known)) as (axes, svg):
        for i, (_, row) in enumerate(known):
            share, low, high = (100 * row[name] for name in ("share", "low", "high"))
            axes.barh(i, share, height=0.6, color=COLOURS[1], alpha=0.6)
            axes.plot([low, high], [i, i], color=INK, linewidth=1.2)
        axes.set_yticks(range(len(known)), [name for name, _ in known])
        axes.set_ylim(len(known) - 0.4, -0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel("changed, % (line: 95 % interval)")
        axes.grid(axis="x")
        return svg()
