"""Panels and boards, all of which look alike."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import common as looks
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.units import Dollars, PercentUnit, Seconds, Short

__all__ = ["COUNT", "SECONDS", "SHARE", "USD", "Panel", "Query", "board", "chart", "number", "rate"]

COUNT, SECONDS, SHARE, USD = Short, Seconds, PercentUnit, Dollars
Panel = timeseries.Panel | stat.Panel
TAG = "valence"
DATASOURCE = DataSourceRef("prometheus", "${datasource}")
COLUMNS = 24
HEIGHT, SMALL_HEIGHT = 8, 4


class Query(NamedTuple):
    """What a panel shows."""

    expression: str
    legend: str
    """With labels in double braces."""
    exemplars: bool = False
    """Whether to show traces as points."""


def rate(series: str) -> str:
    """The increase a second of series, over the time that suits the chart's resolution."""
    return f"rate({series}[$__rate_interval])"


def chart(
    title: str,
    *queries: Query,
    unit: str = COUNT,
    description: str = "",
    stacked: bool = False,
    bounds: Sequence[float] = (),
) -> timeseries.Panel:
    """Values over time.

    Args:
        title: of the panel.
        queries: what it shows.
        unit: of the values.
        description: what else there is to know.
        stacked: whether the values are parts of a whole.
        bounds: where lines are drawn.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .height(HEIGHT)
        .min(0)
        .fill_opacity(30 if stacked else 0)
        .legend(
            looks.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(
            looks.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
        )
    )
    if stacked:
        panel.stacking(looks.StackingConfig().mode(StackingMode.NORMAL))
    if bounds:
        panel.thresholds(_thresholds(bounds)).thresholds_style(
            looks.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        )
    for name, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(_target(name, query).range())
    return panel


def number(
    title: str,
    *queries: Query,
    unit: str = COUNT,
    description: str = "",
    bounds: Sequence[float] = (),
    rising: bool = True,
) -> stat.Panel:
    """Values now.

    Args:
        title: of the panel.
        queries: what it shows.
        unit: of the values.
        description: what else there is to know.
        bounds: beyond the first it is yellow, or red if there is no second.
        rising: whether large values are bad; otherwise small ones are.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .height(SMALL_HEIGHT)
        .reduce_options(looks.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_thresholds(bounds, rising=rising))
    )
    for name, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(_target(name, query).instant())
    return panel


def board(
    name: str,
    description: str,
    rows: Mapping[str, Sequence[Panel]],
    *,
    runbook: str,
    since: str = "now-3h",
) -> str:
    """A board as JSON.

    Args:
        name: that people see.
        description: what it is for.
        rows: panels by the heading above them; all panels of a row have the same width.
        runbook: the URL that it links to.
        since: from when it shows values.
    """
    built = (
        dashboard.Dashboard(f"Valence: {name}")
        .uid(f"valence-{name.lower()}")
        .description(description)
        .tags([TAG])
        .readonly()
        .time(since, "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
        .link(dashboard.DashboardLink("Boards").type(DashboardLinkType.DASHBOARDS).tags([TAG]))
        .link(dashboard.DashboardLink("Runbook").type(DashboardLinkType.LINK).url(runbook))
    )
    identity = itertools.count(1)
    for heading, panels in rows.items():
        built.with_row(dashboard.Row(heading).id(next(identity)))
        for panel in panels:
            built.with_panel(panel.id(next(identity)).span(_width(panels)))
    return json.dumps(built.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def _width(panels: Sequence[Panel]) -> int:
    """Of each panel of a row: four numbers stand side by side, four charts two by two."""
    are_charts = isinstance(panels[0], timeseries.Panel)
    side_by_side = 2 if are_charts and len(panels) == 4 else len(panels)
    return COLUMNS // (side_by_side if side_by_side <= 4 else 3)


def _target(name: str, query: Query) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(name)
        .datasource(DATASOURCE)
        .expr(query.expression)
        .legend_format(query.legend)
        .exemplar(query.exemplars)
    )


def _thresholds(bounds: Sequence[float], *, rising: bool = True) -> dashboard.ThresholdsConfig:
    colours = {0: ["green"], 1: ["green", "red"], 2: ["green", "yellow", "red"]}[len(bounds)]
    steps = [
        Threshold(bound, colour)
        for bound, colour in zip(
            (None, *bounds), colours if rising else reversed(colours), strict=True
        )
    ]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
