"""The model's check and its answers, as tables, sentences and a picture."""

from __future__ import annotations

from statistics import median

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import LogLocator, NullFormatter
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.harness.picture_style import FOURTH, GRAY, INK, OURS, THEIRS, THIRD, footnote
from loadtest.harness.trial import LIMIT_MS
from loadtest.simulate.result import (
    CALM_SECONDS,
    REPLICAS,
    SPIKE_FROM,
    SPIKE_TO,
    TOLERANCE,
    Figure,
    Scaling,
    Simulation,
    Spike,
)

COLOURS = (OURS, THEIRS, THIRD)


def show(result: Simulation) -> None:
    """Print what it was calibrated with, how it compares, and what it answers."""
    console = Console()
    console.print(_costs(result), _checked(result), _scaling(result))
    console.print(f"other processes used {result.others:.1f} cores during the check's real runs")
    limits = Table("comments/s", "what ends there", title="limits as shipped", box=SIMPLE)
    for name, rate in result.limits.items():
        limits.add_row(f"{rate:,.0f}", name)
    console.print(limits, *map(sentence, result.spikes), sep="\n")


def _costs(result: Simulation) -> Table:
    table = Table(
        "store, comments/s",
        "gateway, a comment",
        "a call",
        "Bento, a text",
        "a call",
        title="CPU, µs",
        box=SIMPLE,
    )
    for store, everywhere in (("SQLite", result.sqlite), ("DynamoDB Local", result.dynamodb)):
        for rate, parts in everywhere.items():
            costs = (parts.comment, parts.call, parts.bento.text, parts.bento.call)
            table.add_row(f"{store}, {rate:,.0f}", *(f"{1e6 * cost:,.0f}" for cost in costs))
    return table


def _checked(result: Simulation) -> Table:
    table = Table(
        "comments/s",
        "measured: median (all runs)",
        "predicted",
        "off",
        title=f"the check; ✗: off by more than {TOLERANCE:.0%}",
        box=SIMPLE,
    )
    for each in result.checked:
        for name, figure in (("p50", each.p50_ms), ("p99", each.p99_ms)):
            table.add_row(
                f"{each.rate:,.0f}, {name} ms",
                f"{median(figure.measured):,.1f}"
                f" ({min(figure.measured):,.1f}–{max(figure.measured):,.1f})",
                f"{median(figure.predicted):,.1f}",
                _off(figure),
            )
    [measured], [predicted] = result.knee.measured, result.knee.predicted
    table.add_row("knee", f"{measured:,.0f}", f"{predicted:,.0f}", _off(result.knee))
    return table


def _scaling(result: Simulation) -> Table:
    table = Table(
        "replicas", *(each.name for each in result.scaling), title="knee, comments/s", box=SIMPLE
    )
    for count in REPLICAS:
        table.add_row(str(count), *(f"{each.knees[count]:,.0f}" for each in result.scaling))
    return table


def sentence(spike: Spike) -> str:
    """What came of it."""
    _, gateways, _ = spike.gateways[-1]
    _, bentos, _ = spike.bentos[-1]
    recovered = spike.recovered_after
    return (
        f"{spike.name}: from {SPIKE_FROM:,.0f} to {SPIKE_TO:,.0f}/s,"
        f" {spike.refused_share:.1%} refused;"
        + (
            f" all well after {recovered:,.0f} s"
            if recovered is not None
            else " not well at the end"
        )
        + f", with {gateways} gateways and {bentos} Bentos wanted at the end"
    )


def _off(figure: Figure) -> str:
    return f"[red]{figure.off:+.0%} ✗[/]" if figure.missed else f"{figure.off:+.0%}"


def picture(result: Simulation) -> Picture:
    """The check, throughput by replicas, and the spikes."""
    figure, panels = pyplot.subplots(2, 2, figsize=(11, 7.4), layout="constrained")
    _check_panel(panels[0, 0], result)
    _scaling_panel(panels[0, 1], result.scaling)
    for axes, spike in zip(panels[1], result.spikes, strict=True):
        _spike_panel(axes, spike)
    footnote(figure, result)
    return figure


def _check_panel(axes: Axes, result: Simulation) -> None:
    rates = [each.rate for each in result.checked]
    missed: list[tuple[float, float]] = []
    for name, colour in (("p50", THIRD), ("p99", OURS)):
        figures: list[Figure] = [getattr(each, f"{name}_ms") for each in result.checked]
        measured = [median(each.measured) for each in figures]
        below = [median(each.measured) - min(each.measured) for each in figures]
        above = [max(each.measured) - median(each.measured) for each in figures]
        axes.errorbar(
            rates,
            measured,
            [below, above],
            fmt="o",
            color=colour,
            capsize=2,
            label=f"{name}, measured: median and all runs",
        )
        predicted = [median(each.predicted) for each in figures]
        axes.plot(rates, predicted, color=colour, label=f"{name}, predicted")
        for rate, figure, height in zip(rates, figures, predicted, strict=True):
            if figure.missed:
                missed.append((rate, height))
                axes.annotate(
                    f"{figure.off:+.0%}",
                    (rate, height),
                    (7, -3),
                    textcoords="offset points",
                    color=FOURTH,
                    fontsize=8,
                )
    axes.plot(
        [rate for rate, _ in missed],
        [height for _, height in missed],
        "x",
        color=FOURTH,
        markeredgewidth=2,
        label=f"off by more than {TOLERANCE:.0%}",
    )
    for [knee], style, name in (
        (result.knee.measured, "-", "measured"),
        (result.knee.predicted, "--", "predicted"),
    ):
        axes.axvline(knee, color=GRAY, linestyle=style, label=f"knee, {name}: {knee:,.0f}/s")
    axes.set_title("the check: one gateway, one Bento, SQLite", fontweight="bold", color=INK)
    axes.set_xlabel("comments/s offered")
    axes.set_ylabel("ms, from when it was due")
    axes.set_xlim(left=0)
    _logarithmic(axes)
    axes.set_ylim(top=4 * max(max(each.p99_ms.measured) for each in result.checked))
    axes.legend(fontsize=7, loc="upper left", ncols=2, frameon=True, framealpha=1, edgecolor="none")


def _scaling_panel(axes: Axes, scaling: list[Scaling]) -> None:
    [both, *others] = scaling
    single = both.knees[1]
    axes.plot(
        REPLICAS,
        [single * count for count in REPLICAS],
        color=GRAY,
        linestyle=":",
        label="in proportion",
    )
    for each, colour in zip([both, *others], COLOURS, strict=True):
        axes.plot(
            REPLICAS,
            [each.knees[count] for count in REPLICAS],
            color=colour,
            marker="o",
            label=each.name,
        )
    axes.set_title(
        "simulated: knee by replicas, a core each, DynamoDB", fontweight="bold", color=INK
    )
    axes.set_xticks(REPLICAS)
    axes.set_xlabel("replicas")
    axes.set_ylabel("comments/s")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend()


def _spike_panel(axes: Axes, spike: Spike) -> None:
    seconds = [second - CALM_SECONDS for second in range(len(spike.offered))]
    good = [
        offered - refused for offered, refused in zip(spike.offered, spike.refused, strict=True)
    ]
    axes.fill_between(seconds, good, spike.offered, color=FOURTH, alpha=0.35, label="refused")
    axes.plot(seconds, good, color=OURS, label="answered")
    late = [second for second, p99 in zip(seconds, spike.p99_ms, strict=True) if p99 > LIMIT_MS]
    axes.plot(late, [0] * len(late), "|", color=INK, label=f"p99 above {LIMIT_MS:g} ms")
    axes.set_ylabel("comments/s")
    axes.set_ylim(bottom=0, top=SPIKE_TO * 1.35)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("seconds from the step")
    axes.set_title(
        f"simulated: {SPIKE_TO / SPIKE_FROM:.0f}× at once, {spike.name} of each",
        fontweight="bold",
        color=INK,
    )
    pods = axes.twinx()
    pods.grid(visible=False)
    pods.spines["right"].set_visible(True)
    for name, history, colour in (
        ("gateways", spike.gateways, THEIRS),
        ("Bentos", spike.bentos, THIRD),
    ):
        times = [when - CALM_SECONDS for when, _, _ in history] + [seconds[-1]]
        ready = [ready for _, _, ready in history]
        pods.step(times, [*ready, ready[-1]], where="post", color=colour, label=f"{name} ready")
    pods.set_ylim(bottom=0, top=1.35 * max(ready for _, _, ready in spike.gateways + spike.bentos))
    pods.set_ylabel("pods")
    handles, labels = axes.get_legend_handles_labels()
    more, names = pods.get_legend_handles_labels()
    axes.legend(handles + more, labels + names, loc="upper left", ncols=3, fontsize=8)


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
