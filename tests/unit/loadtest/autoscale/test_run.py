"""Figures of autoscalers under load, and their output."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from loadtest import publish
from loadtest.autoscale import figures, report, run
from loadtest.autoscale.result import (
    KIND,
    Answer,
    Autoscale,
    Event,
    Sample,
    Settings,
    Stage,
    Workload,
)
from loadtest.reporting import picture_style
from loadtest.reporting import result as results

# A pod requests 0.1 core and is scaled at 60 % of it. A comment costs 2 ms of CPU, so a pod is
# scaled for 30 comments/s, and the high rate needs four.
STAGES = [Stage(10, 20), Stage(100, 60), Stage(10, 40)]
SETTINGS = Settings(least=2, most=10, target=60, cpu=0.1, behaviour={})


def replicas(second: float) -> tuple[int, int]:
    """Desired and ready: two, from 30 s on five desired, at 35 s four ready, at 40 s five,
    from 100 s on two."""
    if second < 30:
        return 2, 2
    if second < 35:
        return 5, 2
    if second < 40:
        return 5, 4
    return (5, 5) if second < 100 else (2, 2)


def measured(lost: int = 0, *, metrics: bool = True) -> Autoscale:
    samples = []
    for second in range(120):
        desired, ready = replicas(second)
        rate = 100 if 20 <= second < 80 else 10
        workload = Workload(
            desired=desired,
            ready=ready,
            utilisation=70 if metrics else None,
            cpu=rate * 0.002 if metrics else None,
            memory_mb=100.0 if metrics else None,
            # One restarts at 60 s, and is removed at 100 s with its earlier restarts.
            restarts=3 if second < 60 else 4 if second < 100 else 0,
        )
        samples.append(Sample(float(second), {"gateway": workload}))
    answers = []
    for second in range(120):
        rate = 100 if 20 <= second < 80 else 10
        answers += [Answer(second + n / rate, 0.02, 201) for n in range(rate)]
    for number in range(lost):
        answers[number] = Answer(answers[number].due, 1.0, 503)
    return Autoscale(
        **results.about(),
        kind=KIND,
        url="http://127.0.0.1:8080",
        cluster="Kubernetes v1.36",
        stages=STAGES,
        settings={"gateway": SETTINGS},
        answers=answers,
        samples=samples,
        events=[Event(30.0, "HorizontalPodAutoscaler gateway", "SuccessfulRescale", "<5>", 1)],
    )


def test_how_a_workload_followed() -> None:
    scaling = figures.scaling(measured(), "gateway")
    assert scaling.per_pod == pytest.approx(30, rel=0.02)
    assert (scaling.before, scaling.ideal, scaling.most) == (2, 4, 5)
    assert (scaling.first_seconds, scaling.enough_seconds, scaling.back_seconds) == (15, 15, 20)
    assert (scaling.over, scaling.under) == (1, 2)
    assert scaling.used == 30 * 2 + 70 * 5 + 19 * 2
    assert scaling.needed == 20 * 2 + 60 * 4 + 39 * 2
    assert scaling.restarts == 1
    assert scaling.flaps == 0


def test_a_tenth_beyond_the_target_is_left_alone() -> None:
    result = measured()
    each_pod = figures.per_pod(result, "gateway") or 0
    for rate, needed in ((3.05 * each_pod, 3), (3.35 * each_pod, 4)):
        stages = [STAGES[0], Stage(rate, 60), STAGES[2]]
        ideal = figures.ideal_of(msgspec.structs.replace(result, stages=stages), "gateway")
        assert ideal is not None
        assert ideal(30) == needed


def test_replicas_that_go_and_come_again_are_flaps() -> None:
    result = measured()
    [away] = [each for each in result.samples if each.second == 50]
    workload = msgspec.structs.replace(away.scaled["gateway"], desired=4)
    away.scaled["gateway"] = workload
    assert figures.scaling(result, "gateway").flaps == 2


def test_what_was_never_too_much_is_no_overshoot() -> None:
    result = measured()
    result.samples[:] = [each for each in result.samples if each.second < 30]
    later = Sample(
        50.0, {"gateway": msgspec.structs.replace(result.samples[0].scaled["gateway"], cpu=0.2)}
    )
    result.samples.append(later)
    scaling = figures.scaling(result, "gateway")
    assert (scaling.ideal, scaling.over, scaling.under) == (4, 0, 2)


def test_the_p99_while_it_scales_counts_what_is_lost() -> None:
    result = measured()
    assert figures.reaction_p99(result) == pytest.approx(20)
    slow = [Answer(each.due, 2.0, 0) if 20 <= each.due < 22 else each for each in result.answers]
    later = msgspec.structs.replace(result, answers=slow)
    assert figures.reaction_p99(later) == pytest.approx(2_000)


def test_without_metrics_there_is_no_ideal() -> None:
    result = measured(metrics=False)
    scaling = figures.scaling(result, "gateway")
    assert (scaling.per_pod, scaling.ideal, scaling.needed, scaling.over) == (
        None,
        None,
        None,
        None,
    )
    assert ("undershoot, replicas", "?") in report.rows(result)
    report.picture(result)


def test_rates_and_latencies_by_time() -> None:
    bins = [*figures.bins(measured(lost=3))]
    assert len(bins) == 24
    assert [each.lost for each in bins[:2]] == [3, 0]
    assert bins[6].offered == pytest.approx(100, rel=0.01)
    assert bins[6].achieved == pytest.approx(100, rel=0.05)
    assert bins[6].p99_ms == pytest.approx(20)


def test_what_is_lost_is_counted() -> None:
    assert measured().lost == 0
    assert measured(lost=3).lost == 3


def test_it_is_kept_and_redrawn(tmp_path: Path) -> None:
    file = results.save(measured(lost=1), tmp_path)
    publish.redraw(file)
    made = {path.suffix for path in tmp_path.iterdir()}
    assert made == {".json", ".png", ".svg", ".html"}
    page = file.with_suffix(".html").read_text()
    assert "<svg" in page
    assert "1 lost" in page
    assert "SuccessfulRescale" in page
    assert "&lt;5&gt;" in page
    assert "used / ideal" in page


def test_the_page_needs_nothing_beside_it(tmp_path: Path) -> None:
    result = measured()
    [_, svg] = picture_style.save(report.picture(result), tmp_path / "x.json")
    page = report.page(result, svg)
    assert "src=" not in page
    assert page.count("<svg") == 1


@pytest.mark.parametrize("text", ["", "10", "10:x", "0:5", "10:0", "nan:5", "inf:5", "1:2,,3:4"])
def test_stages_that_make_no_sense(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        run.stages(text)


def test_stages() -> None:
    assert run.stages("10:20,100:60,10:40") == STAGES
