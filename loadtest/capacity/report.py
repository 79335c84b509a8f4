"""Knee, pods and prices as tables and a picture."""

from __future__ import annotations

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.capacity.cost import MILLION, Cost, CpuCost
from loadtest.capacity.prices import Prices
from loadtest.capacity.result import CHARACTERS, CURVE_VOLUMES, KIND, VOLUMES, Capacity
from loadtest.harness.trial import LIMIT_MS, Trial
from loadtest.reporting.picture_style import FOURTH, GRAY, INK, OURS, THEIRS, THIRD, footnote, log_y
from loadtest.reporting.report import Report

STYLES = {
    "EKS as shipped, writes by request": (OURS, "-"),
    "EKS as shipped, provisioned writes": (OURS, "--"),
    "serverless, writes by request": (THEIRS, "-"),
    "serverless, provisioned writes": (THEIRS, "--"),
    "Comprehend": (FOURTH, "-"),
}
# Cores that other processes may use before they affect the result.
QUIET_CORES = 0.2


def show(result: Capacity) -> None:
    """Print the trials, the CPU time of a comment, pods and prices."""
    console = Console()
    console.print(
        f"[bold]{result.target}[/]: knee {result.knee:,.0f} comments/s (p99 ≤ {LIMIT_MS:g} ms, no"
        f" errors); {result.background_cores:.1f} cores used by other processes"
    )
    console.print(_trials(result))
    if result.background_cores > QUIET_CORES:
        console.print("the machine was not quiet: on a quiet one the knee is higher", style="bold")
    if not result.cpu:
        console.print("no rate was carried: no pods and no prices")
        return
    _show_cpu(console, result.cpu, result)
    pods = Table("comments/s", "gateways", "Bentos", title="pods", box=SIMPLE)
    for need in result.needs:
        pods.add_row(f"{need.rate:,.0f}", str(need.gateways), str(need.bentos))
    console.print(pods, _costs(result), _parts(result))
    console.print(_assumed(result.prices), style="dim")


def _assumed(prices: Prices) -> str:
    assumed, months = prices.assumptions, prices.assumptions["retention_months"]
    return (
        f"{prices.currency}, list prices of {prices.region}, {prices.date}. Load: even over the"
        f" month, {assumed['comments_a_connection']:g} comments a connection. Comments are kept"
        f" {months:g} month{'' if months == 1 else 's'}; each further month adds the price of"
        " storage again. Users' reads, and logs kept elsewhere, are not included. Comprehend only"
        " answers; the others also store."
    )


def _show_cpu(console: Console, cpu: CpuCost, result: Capacity) -> None:
    if result.batches:
        cores = result.prices.shipped.target_cores
        console.print(
            f"at {cores:g} cores a pod, the autoscalers' target, a gateway carries"
            f" {cores / cpu.gateway:,.0f} comments/s ({cpu.gateway * 1e6:,.0f} µs each), a Bento"
            f" {cores / cpu.bento:,.0f} ({cpu.bento * 1e6:,.0f} µs; a call with a single text"
            f" {cpu.single_text * 1e6:,.0f} µs)"
        )
    else:
        console.print("CPU cannot be read: each part is assumed to be busy at the knee, the most")


def _trials(result: Capacity) -> Table:
    names = list(result.trials[0].cpu) if result.trials else []
    table = Table(
        "offered/s", "p50 ms", "p99 ms", "errors", *(f"{name}, cores" for name in names), box=SIMPLE
    )
    for trial in sorted(result.trials, key=lambda each: each.load.offered_rate):
        load = trial.load
        table.add_row(
            f"{load.offered_rate:,.0f}",
            f"{load.p50_ms:,.1f}",
            f"{load.p99_ms:,.0f}",
            f"{load.errors:,}",
            *(f"{cores:.2f}" for cores in trial.cpu.values()),
            style="" if trial.carried else "dim",
        )
    return table


def _costs(result: Capacity) -> Table:
    columns = [f"{volume / MILLION:,.0f} M a month" for volume in VOLUMES]
    table = Table(
        "",
        *columns,
        "Comprehend / this",
        title=f"USD per million comments of {CHARACTERS} characters",
        box=SIMPLE,
    )
    comprehend = _costs_of(result, "Comprehend")[-1].per_million
    for design in STYLES:
        costs = _costs_of(result, design)
        table.add_row(
            design,
            *(f"{each.per_million:,.2f}" for each in costs),
            f"{comprehend / costs[-1].per_million:,.1f}×",
        )
    return table


def _parts(result: Capacity) -> Table:
    """The items of each design's bill, at the largest volume."""
    last = {design: _costs_of(result, design)[-1] for design in STYLES if design != "Comprehend"}
    names = dict.fromkeys(name for each in last.values() for name in each.parts)
    table = Table(
        "", *last, title=f"of which, at {VOLUMES[-1] / MILLION:,.0f} M a month", box=SIMPLE
    )
    for name in names:
        shares = [each.parts.get(name, 0.0) / each.comments * MILLION for each in last.values()]
        table.add_row(name, *(f"{share:,.2f}" if share else "" for share in shares))
    return table


def _costs_of(result: Capacity, design: str) -> list[Cost]:
    return [each for each in result.costs if each.design == design]


def picture(result: Capacity) -> Figure:
    """Latency against the offered rate, and the price by volume."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    _latency(left, result)
    _prices(right, result)
    footnote(figure, result)
    return figure


def _latency(axes: Axes, result: Capacity) -> None:
    # Of a rate that was offered twice, the last trial counts.
    last = {each.load.offered_rate: each for each in result.trials}
    trials = [last[rate] for rate in sorted(last)]
    carried = [trial for trial in trials if trial.carried]
    for figure, colour in (("p50_ms", THIRD), ("p99_ms", OURS)):
        axes.plot(*_points(carried, figure), color=colour, marker="o", lw=0.8, label=figure[:3])
    beyond = [trial for trial in trials if not trial.carried]
    axes.plot(*_points(beyond, "p99_ms"), "x", color=FOURTH, label="p99, too much")
    axes.axhline(LIMIT_MS, color=GRAY, linewidth=1, linestyle=":")
    axes.annotate(f"{LIMIT_MS:g} ms", (0, LIMIT_MS), (3, 3), textcoords="offset points", color=GRAY)
    if result.knee:
        axes.axvline(result.knee, color=GRAY, linewidth=1)
        axes.annotate(
            f"knee {result.knee:,.0f}/s",
            (result.knee, 0),
            (-4, 6),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right",
            color=INK,
        )
    axes.set_title(result.target, fontweight="bold", color=INK)
    axes.set_xlabel("comments/s offered")
    axes.set_ylabel("ms, from when it was due")
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    log_y(axes)
    axes.set_ylim(top=4 * axes.get_ylim()[1])
    axes.legend(loc="upper left", ncols=3)


def _points(trials: list[Trial], figure: str) -> tuple[list[float], list[float]]:
    loads = [trial.load for trial in trials]
    return [load.offered_rate for load in loads], [getattr(load, figure) for load in loads]


def _prices(axes: Axes, result: Capacity) -> None:
    axes.set_title(
        f"USD per million comments of {CHARACTERS} characters", fontweight="bold", color=INK
    )
    axes.set_xlabel("million comments a month")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,g}")
    if not result.cpu:
        return
    for design, (colour, style) in STYLES.items():
        shown = _costs_of(result, design)
        axes.plot(
            [volume / MILLION for volume in CURVE_VOLUMES],
            result.curves[design],
            color=colour,
            linestyle=style,
            label=f"{shown[-1].per_million:.2f}  {design}",
        )
        axes.plot(
            [each.comments / MILLION for each in shown],
            [each.per_million for each in shown],
            "o",
            color=colour,
            markersize=4,
        )
    axes.axvline(VOLUMES[-1] / MILLION, color=GRAY, linewidth=1)
    log_y(axes)
    axes.set_ylim(bottom=axes.get_ylim()[0] / 10)
    axes.legend(
        loc="lower left",
        title=f"at {VOLUMES[-1] / MILLION:,.0f} million a month (line)",
        alignment="left",
        fontsize=8,
    )


REPORT = Report(KIND, Capacity, show, picture)
