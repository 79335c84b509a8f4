"""Autoscalers under load as a table, a picture and an HTML page."""

from __future__ import annotations

import math
from pathlib import Path

import jinja2
import msgspec
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.autoscale import figures
from loadtest.autoscale.result import KIND, Autoscale
from loadtest.harness.quantiles import quantile
from loadtest.reporting.picture_style import FOURTH, GRAY, INK, OURS, THEIRS, THIRD, footnote, log_y
from loadtest.reporting.report import Report

TEMPLATE = Path(__file__).with_name("page.html")
COLOURS = (OURS, THEIRS, THIRD, FOURTH)


def rows(result: Autoscale) -> list[tuple[str, ...]]:
    """Titles and figures, with a column for each workload; the first row has their names."""
    scalings = [figures.scaling(result, name) for name in result.settings]
    table: list[tuple[str, ...]] = [("", *(each.name for each in scalings))]

    def row(title: str, *values: float | None, form: str = ".0f") -> None:
        table.append((title, *("?" if each is None else format(each, form) for each in values)))

    row("comments/s that a pod is scaled for", *(each.per_pod for each in scalings))
    row("replicas before the step", *(each.before for each in scalings))
    row("replicas that the high rate needs", *(each.ideal for each in scalings))
    row("most replicas", *(each.most for each in scalings))
    for title, field in (
        ("step → one more ready, s", "first_seconds"),
        ("step → enough ready, s", "enough_seconds"),
        ("step down → as few as before, s", "back_seconds"),
    ):
        table.append((title, *(_seconds(each, getattr(each, field)) for each in scalings)))
    row("overshoot, replicas", *(each.over for each in scalings))
    row("undershoot, replicas", *(each.under for each in scalings))
    row("flaps", *(each.flaps for each in scalings))
    row("pod-seconds used", *(each.used for each in scalings), form=",.0f")
    row("pod-seconds of the ideal", *(each.needed for each in scalings), form=",.0f")
    row("used / ideal", *(each.needed and each.used / each.needed for each in scalings), form=".2f")
    row("restarts", *(each.restarts for each in scalings))
    return table


def _seconds(scaling: figures.Scaling, value: float | None) -> str:
    if max(scaling.most, scaling.ideal or 0) <= scaling.before:
        return "none needed"
    return "never" if value is None else f"{value:.0f}"


def summary(result: Autoscale) -> str:
    """The outcome of all comments, in a line."""
    good = [each.seconds * 1e3 for each in result.answers if each.acknowledged]
    p50, p95, p99 = (quantile(good, share) for share in (0.5, 0.95, 0.99))
    return (
        f"{len(result.answers):,} comments, {result.lost} lost;"
        f" latency p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms,"
        f" in the minute after the step p99 {figures.reaction_p99(result):.0f} ms; {result.cluster}"
    )


def show(result: Autoscale) -> None:
    """Print the table and the summary."""
    console = Console()
    head, *rest = rows(result)
    table = Table(*head, box=SIMPLE)
    for row in rest:
        table.add_row(*row)
    console.print(table, summary(result))


def picture(result: Autoscale) -> Figure:
    """Rate, latency, replicas, CPU and memory on one time axis."""
    names = [*result.settings]
    heights = [2.2, 2, *(1.4 for _ in names), 1.6, 1.4]
    figure, axes = pyplot.subplots(
        len(heights), 1, figsize=(10, 1.6 + 1.15 * sum(heights)), sharex=True,
        height_ratios=heights, layout="constrained",
    )  # fmt: skip
    _rate(axes[0], result)
    _latency(axes[1], result)
    for name, colour, each in zip(names, COLOURS, axes[2:], strict=False):
        _replicas(each, result, name, colour)
    _usage(axes[-2], axes[-1], result)
    up, down = figures.step(result)
    for each in axes:
        each.axvspan(up, down, color="#F2F2F2", zorder=0)
        each.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02))
    axes[-1].set_xlabel("seconds from the start of the load; the high rate is shaded")
    axes[-1].set_xlim(0, result.seconds)
    axes[0].set_title(summary(result), fontsize=9, color=INK, loc="left")
    footnote(figure, result)
    return figure


def _rate(axes: Axes, result: Autoscale) -> None:
    bins = [*figures.bins(result)]
    seconds = [each.second for each in bins]
    edges, rates = [0.0], []
    for stage in result.stages:
        edges.append(edges[-1] + stage.seconds)
        rates.append(stage.rate)
    axes.stairs(rates, edges, color=INK, linestyle=":", label="asked for")
    axes.plot(seconds, [each.offered for each in bins], color=GRAY, label="offered")
    axes.plot(seconds, [each.achieved for each in bins], color=OURS, label="acknowledged")
    lost = [each.lost / figures.BIN_SECONDS for each in bins]
    axes.bar(seconds, lost, width=figures.BIN_SECONDS, color=FOURTH, label=f"lost: {result.lost}")
    axes.set_ylabel("comments/s")
    axes.set_ylim(bottom=0)


def _latency(axes: Axes, result: Autoscale) -> None:
    bins = [*figures.bins(result)]
    seconds = [each.second for each in bins]
    axes.plot(seconds, [each.p99_ms for each in bins], color=FOURTH, label="p99")
    axes.plot(seconds, [each.p95_ms for each in bins], color=THEIRS, label="p95")
    axes.plot(seconds, [each.p50_ms for each in bins], color=OURS, label="p50")
    log_y(axes)
    axes.set_ylabel("latency from\nwhen due, ms")


def _replicas(axes: Axes, result: Autoscale, name: str, colour: str) -> None:
    history = [(each.second, each.scaled[name]) for each in result.samples if name in each.scaled]
    seconds = [second for second, _ in history]
    scaling = figures.scaling(result, name)
    if ideal := figures.ideal_of(result, name):
        needed = [ideal(second) for second in seconds]
        axes.plot(seconds, needed, color=GRAY, linestyle=":", drawstyle="steps-post", label="ideal")
    for values, line, label in (
        ([each.desired for _, each in history], "--", "desired"),
        ([each.ready for _, each in history], "-", "ready"),
    ):
        axes.plot(
            seconds, values, color=colour, linestyle=line, drawstyle="steps-post", label=label
        )
    if scaling.enough_seconds is not None and scaling.most > scaling.before:
        up, _ = figures.step(result)
        axes.annotate(
            f"ready after {scaling.enough_seconds:.0f} s",
            (up + scaling.enough_seconds, scaling.ideal or scaling.most),
            (6, 5),
            textcoords="offset points",
            color=colour,
        )
    axes.set_ylabel(f"{name},\nreplicas")
    axes.set_ylim(0, max(each.desired for _, each in history) + 1.3)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _usage(cpu: Axes, memory: Axes, result: Autoscale) -> None:
    for name, colour in zip(result.settings, COLOURS, strict=False):
        samples = [each for each in result.samples if name in each.scaled]
        seconds = [each.second for each in samples]
        history = [each.scaled[name] for each in samples]
        shares = [math.nan if each.utilisation is None else each.utilisation for each in history]
        sizes = [math.nan if each.memory_mb is None else each.memory_mb for each in history]
        cpu.plot(seconds, shares, color=colour, label=name)
        memory.plot(seconds, sizes, color=colour, label=name)
    for target in {settings.target for settings in result.settings.values()}:
        cpu.axhline(target, color=INK, linestyle=":", label=f"target {target} %")
    cpu.set_ylabel("CPU, % of\nwhat pods ask for")
    cpu.set_ylim(bottom=0)
    memory.set_ylabel("memory of\nall pods, MB")
    memory.set_ylim(bottom=0)


def page(result: Autoscale, picture: Path) -> str:
    """An HTML page that needs no other file: the picture (SVG) is part of it."""
    svg = picture.read_text()
    about = {
        "settings": result.settings,
        "machine": result.machine,
        "commit": result.commit,
        "versions": result.versions,
    }
    environment = jinja2.Environment(autoescape=True)
    return environment.from_string(TEMPLATE.read_text()).render(
        result=result,
        rows=rows(result),
        summary=summary(result),
        picture=svg[svg.index("<svg") :],
        settings=msgspec.json.format(msgspec.json.encode(about), indent=2).decode(),
    )


REPORT = Report(KIND, Autoscale, show, picture, page)
