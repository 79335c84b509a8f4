"""The simulation's costs, check and answers, as tables and as a picture."""

from __future__ import annotations

from statistics import median

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.reporting.picture_style import FOURTH, GRAY, INK, OURS, THEIRS, THIRD, footnote
from loadtest.reporting.report import Report
from loadtest.simulate.result import (
    BENTO_CORES,
    GATEWAY_CORES,
    KIND,
    KNEE,
    P50,
    TOLERANCE,
    Check,
    Simulation,
    failed,
)


def show(result: Simulation) -> None:
    """Print the costs that were measured, how the simulation compares, and what it answers."""
    console = Console()
    costs = Table(
        *("CPU, µs", "gateway, a comment", "a call", "Bento, a text", "a call", "store call, ms"),
        box=SIMPLE,
    )
    for store, each in result.costs.items():
        cpu = (each.comment, each.call, each.text, each.bento_call)
        costs.add_row(
            store, *(f"{1e6 * cost:,.0f}" for cost in cpu), f"{1e3 * each.store_seconds:.1f}"
        )
    checks = Table(
        *("store", "comments/s", "", "measured: median (all runs)", "predicted", "off"),
        title=f"the check; ✗: off by more than {TOLERANCE:.0%}",
        box=SIMPLE,
    )
    for check in result.checks:
        measured = median(check.measured), min(check.measured), max(check.measured)
        checks.add_row(
            check.store,
            f"{check.rate:,.0f}",
            check.name,
            "{:,.5g} ({:,.5g}–{:,.5g})".format(*(round(each, 2) for each in measured)),
            f"{round(median(check.predicted), 2):,.5g}",
            f"[red]{check.error:+.0%} ✗[/]" if check.missed else f"{check.error:+.0%}",
        )
    console.print(costs, checks)
    console.print(f"other processes used {result.background_cores:.1f} cores during the real runs")
    if not result.scaling:
        console.print(f"[red]no answers[/]: {_reason(result)}")
        return
    replicas = list(result.scaling[0].knees)
    answers = Table(
        *("replicas, a core each, DynamoDB", *map(str, replicas)),
        title="simulated: knee, comments/s",
        box=SIMPLE,
    )
    for scaling in result.scaling:
        answers.add_row(scaling.name, *(f"{scaling.knees[count]:,.0f}" for count in replicas))
    console.print(answers)


def picture(result: Simulation) -> Figure:
    """CPU and latency as measured and predicted, and the knee by replicas."""
    figure, (cpu, latency, replicas) = pyplot.subplots(
        1, 3, figsize=(13, 4.2), layout="constrained"
    )
    stores = list(result.costs)
    for store, marker in zip(stores, "os", strict=True):
        for name, colour in ((GATEWAY_CORES, OURS), (BENTO_CORES, THEIRS)):
            _compare(cpu, result, store, name, colour, marker)
    cpu.set_ylabel("cores")
    cpu.set_title("the check: CPU", fontweight="bold", color=INK)
    _compare(latency, result, stores[0], P50, THIRD, "o")
    for check in result.checks:
        if check.name == KNEE:
            _knee(latency, check)
    latency.set_ylabel("ms, from when it was due")
    latency.set_title("the check: p50, and the knee", fontweight="bold", color=INK)
    for axes in (cpu, latency):
        axes.set_xlabel("comments/s offered")
        axes.set_xlim(left=0)
        axes.set_ylim(0, 1.5 * axes.get_ylim()[1])
        axes.legend(
            title="points: measured, median and all runs; lines: predicted",
            title_fontsize=7,
            fontsize=7,
            loc="upper left",
            alignment="left",
        )
    _scaling(replicas, result)
    footnote(figure, result)
    return figure


def _compare(
    axes: Axes, result: Simulation, store: str, name: str, colour: str, marker: str
) -> None:
    checks = [check for check in result.checks if (check.store, check.name) == (store, name)]
    rates = [check.rate for check in checks]
    middles = [median(check.measured) for check in checks]
    below = [median(check.measured) - min(check.measured) for check in checks]
    above = [max(check.measured) - median(check.measured) for check in checks]
    label = f"{name.partition(',')[0]}, {store}"
    axes.errorbar(rates, middles, [below, above], fmt=marker, color=colour, capsize=2, label=label)
    predicted = [median(check.predicted) for check in checks]
    axes.plot(rates, predicted, "-" if marker == "o" else "--", color=colour)
    for check, height in zip(checks, predicted, strict=True):
        if check.missed:
            axes.plot(check.rate, height, "x", color=FOURTH, markeredgewidth=2)
            axes.annotate(
                f"{check.error:+.0%}",
                (check.rate, height),
                (6, -4),
                textcoords="offset points",
                color=FOURTH,
                fontsize=8,
            )


def _knee(axes: Axes, check: Check) -> None:
    for [rate], style, name in (
        (check.measured, "-", "measured"),
        (check.predicted, "--", "predicted"),
    ):
        axes.axvline(rate, color=GRAY, linestyle=style, label=f"knee, {name}: {rate:,.0f}/s")


def _scaling(axes: Axes, result: Simulation) -> None:
    axes.set_title("simulated: knee, a core each, DynamoDB", fontweight="bold", color=INK)
    if not result.scaling:
        axes.text(0.5, 0.5, f"no answers:\n{_reason(result)}", ha="center", wrap=True)
        axes.set_axis_off()
        return
    counts = list(result.scaling[0].knees)
    single = result.scaling[0].knees[counts[0]]
    axes.plot(counts, [single * count for count in counts], ":", color=GRAY, label="in proportion")
    for each, colour in zip(result.scaling, (OURS, THEIRS), strict=True):
        axes.plot(counts, list(each.knees.values()), "o-", color=colour, label=each.name)
    axes.set_xticks(counts)
    axes.set_xlabel("replicas")
    axes.set_ylabel("comments/s")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend()


def _reason(result: Simulation) -> str:
    return (
        f"of the figures that they follow from, {len(failed(result.checks))}"
        f" were off by more than {TOLERANCE:.0%}"
    )


REPORT = Report(KIND, Simulation, show, picture)
