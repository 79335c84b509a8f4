"""An autoscaler under load as a table and as a picture."""

from __future__ import annotations

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.autoscale import figures as figures
from loadtest.autoscale.run import Autoscale
from loadtest.harness.picture_style import FOURTH, GRAY, INK, OURS, THEIRS, THIRD, footnote

COLOURS = (OURS, THEIRS, THIRD, FOURTH)


def rows(result: Autoscale) -> list[tuple[str, ...]]:
    """Words and figures, a column for each workload; the first row has their names."""
    found = [figures.scaling(result, name) for name in result.settings]
    table: list[tuple[str, ...]] = [("", *(each.name for each in found))]

    def row(title: str, *values: float | None, form: str = ".0f") -> None:
        table.append((title, *("?" if each is None else format(each, form) for each in values)))

    row("comments/s that a pod is scaled for", *(each.per_pod for each in found))
    row("replicas before the step", *(each.before for each in found))
    row("replicas that the high rate needs", *(each.ideal for each in found))
    row("most replicas", *(each.most for each in found))
    for title, field in (
        ("step → one more ready, s", "first_seconds"),
        ("step → enough ready, s", "enough_seconds"),
        ("step down → as few as before, s", "back_seconds"),
    ):
        table.append((title, *(_seconds(each, getattr(each, field)) for each in found)))
    row("overshoot, replicas", *(each.over for each in found))
    row("undershoot, replicas", *(each.under for each in found))
    row("flaps", *(each.flaps for each in found))
    row("pod-seconds used", *(each.used for each in found), form=",.0f")
    row("pod-seconds of the ideal", *(each.needed for each in found), form=",.0f")
    row("used / ideal", *(each.needed and each.used / each.needed for each in found), form=".2f")
    row("restarts", *(each.restarts for each in found))
    return table


def _seconds(found: figures.Scaling, value: float | None) -> str:
    if max(found.most, found.ideal or 0) <= found.before:
        return "none needed"
    return "never" if value is None else f"{value:.0f}"


def summary(result: Autoscale) -> str:
    """What came of the comments, in a line."""
    good = [each.seconds * 1e3 for each in result.answers if each.status == figures.GOOD]
    p50, p95, p99 = (figures.quantile(good, share) for share in (0.5, 0.95, 0.99))
    return (
        f"{len(result.answers):,} comments, {result.lost} lost;"
        f" latency p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms,"
        f" in the minute after the step p99 {figures.reaction_p99(result):.0f} ms; {result.cluster}"
    )


def show(result: Autoscale) -> None:
    """Print what was found."""
    console = Console()
    head, *rest = rows(result)
    table = Table(*head, box=SIMPLE)
    for row in rest:
        table.add_row(*row)
    console.print(table, summary(result))


def picture(result: Autoscale) -> Figure:
    """Rate, latency, replicas, CPU and memory on one axis of time."""
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
    found = figures.bins(result)
    seconds = [each.second for each in found]
    edges, rates = [0.0], []
    for stage in result.stages:
        edges.append(edges[-1] + stage.seconds)
        rates.append(stage.rate)
    axes.stairs(rates, edges, color=INK, linestyle=":", label="asked for")
    axes.plot(seconds, [each.offered for each in found], color=GRAY, label="offered")
    axes.plot(seconds, [each.achieved for each in found], color=OURS, label="acknowledged")
    lost = [each.lost / figures.BIN_SECONDS for each in found]
    axes.bar(seconds, lost, width=figures.BIN_SECONDS, color=FOURTH, label=f"lost: {result.lost}")
    axes.set_ylabel("comments/s")
    axes.set_ylim(bottom=0)


def _latency(axes: Axes, result: Autoscale) -> None:
    found = figures.bins(result)
    seconds = [each.second for each in found]
    axes.plot(seconds, [each.p99_ms for each in found], color=FOURTH, label="p99")
    axes.plot(seconds, [each.p95_ms for each in found], color=THEIRS, label="p95")
    axes.plot(seconds, [each.p50_ms for each in found], color=OURS, label="p50")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("latency from\nwhen due, ms")


def _replicas(axes: Axes, result: Autoscale, name: str, colour: str) -> None:
    seen = [(each.second, each.scaled[name]) for each in result.samples if name in each.scaled]
    seconds = [second for second, _ in seen]
    found = figures.scaling(result, name)
    if ideal := figures.ideal_of(result, name):
        needed = [ideal(second) for second in seconds]
        axes.plot(seconds, needed, color=GRAY, linestyle=":", drawstyle="steps-post", label="ideal")
    for values, line, label in (
        ([each.desired for _, each in seen], "--", "desired"),
        ([each.ready for _, each in seen], "-", "ready"),
    ):
        axes.plot(
            seconds, values, color=colour, linestyle=line, drawstyle="steps-post", label=label
        )
    if found.enough_seconds is not None and found.most > found.before:
        up, _ = figures.step(result)
        axes.annotate(
            f"ready after {found.enough_seconds:.0f} s",
            (up + found.enough_seconds, found.ideal or found.most),
            (6, 5),
            textcoords="offset points",
            color=colour,
        )
    axes.set_ylabel(f"{name},\nreplicas")
    axes.set_ylim(0, max(each.desired for _, each in seen) + 1.3)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _usage(cpu: Axes, memory: Axes, result: Autoscale) -> None:
    for name, colour in zip(result.settings, COLOURS, strict=False):
        seen = [(each.second, each.scaled[name]) for each in result.samples if name in each.scaled]
        seconds = [second for second, _ in seen]
        shares = [float("nan") if w.utilisation is None else w.utilisation for _, w in seen]
        sizes = [float("nan") if w.memory_mb is None else w.memory_mb for _, w in seen]
        cpu.plot(seconds, shares, color=colour, label=name)
        memory.plot(seconds, sizes, color=colour, label=name)
    for target in {settings.target for settings in result.settings.values()}:
        cpu.axhline(target, color=INK, linestyle=":", label=f"target {target} %")
    cpu.set_ylabel("CPU, % of\nwhat pods ask for")
    cpu.set_ylim(bottom=0)
    memory.set_ylabel("memory of\nall pods, MB")
    memory.set_ylim(bottom=0)
