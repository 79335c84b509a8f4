"""CPU against rate as tables and a picture."""

from __future__ import annotations

from matplotlib import pyplot
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.reporting.picture_style import FOURTH, GRAY, INK, OURS, footnote, log_y
from loadtest.reporting.report import Report
from loadtest.utilisation.result import KIND, SHARES, Curve, Utilisation

SHOWN = (0.1, 0.4, 0.8, 1.0)


def show(result: Utilisation) -> None:
    """Print a line for each pair of settings, the most proportional first."""
    console = Console()
    console.print(
        f"knee {result.knee:,.0f} comments/s;"
        f" {result.background_cores:.1f} cores used by other processes"
    )
    shown = [f"at {share:.0%}" for share in SHOWN]
    cpu = Table("", "off by", *shown, "errors", title="the Bento's CPU, cores", box=SIMPLE)
    latency = Table("", *shown, title="latency p50 / p99, ms", box=SIMPLE)
    for curve in sorted(result.curves, key=lambda each: each.deviation):
        style = "bold" if curve is result.best else ""
        cpu.add_row(
            curve.title,
            f"{curve.deviation:.1%}",
            *(f"{curve.cpu(share):.2f}" for share in SHOWN),
            str(sum(map(curve.errors, SHARES))),
            style=style,
        )
        latency.add_row(
            curve.title,
            *(
                f"{curve.latency(share, 'p50_ms'):.1f} / {curve.latency(share, 'p99_ms'):.0f}"
                for share in SHOWN
            ),
            style=style,
        )
    console.print(cpu, latency)
    console.print(f"most proportional at no relevant latency: [bold]{result.best.title}[/]")


def picture(result: Utilisation) -> Figure:
    """CPU and latency against the offered rate: the best pair, no pause at all, and the others."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    best = result.best
    rates = [share * result.knee for share in SHARES]
    left.plot([0, result.knee], [0, best.cpu(1.0)], color=INK, linestyle=":", label="in proportion")
    for curve in sorted(result.curves, key=lambda each: each is best):
        style = _style(curve, best)
        left.plot(rates, [curve.cpu(share) for share in SHARES], **style)
        right.plot(rates, [curve.latency(share, "p50_ms") for share in SHARES], **style)
        if curve is best:
            right.plot(
                rates,
                [curve.latency(share, "p99_ms") for share in SHARES],
                **{**style, "linestyle": "--", "label": f"{curve.title}, p99"},
            )
    if len(result.curves) > 2:
        left.plot([], [], color=GRAY, alpha=0.4, label="other pairs")
    left.set_title("CPU of the Bento", fontweight="bold", color=INK)
    left.set_ylabel("cores")
    left.set_ylim(bottom=0)
    right.set_title("latency from when it was due (p50)", fontweight="bold", color=INK)
    right.set_ylabel("ms")
    log_y(right)
    for axes in (left, right):
        axes.axvline(result.knee, color=GRAY, linewidth=1)
        axes.annotate(
            "knee",
            (result.knee, 1),
            (-3, -3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="right",
            va="top",
            color=GRAY,
        )
        axes.set_xlabel("comments/s offered")
        axes.set_xlim(left=0)
    left.legend(loc="lower right")
    right.legend(loc="upper left", handlelength=4)
    footnote(figure, result)
    return figure


def _style(curve: Curve, best: Curve) -> dict[str, object]:
    if curve is best:
        return {"color": OURS, "marker": "o", "linewidth": 2, "label": curve.title}
    if not curve.pause_factor:
        return {"color": FOURTH, "marker": "o", "label": curve.title}
    return {"color": GRAY, "alpha": 0.4, "linewidth": 1}


REPORT = Report(KIND, Utilisation, show, picture)
