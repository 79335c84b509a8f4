"""Conclusions from CPU and latency at several rates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loadtest import publish
from loadtest.harness.open_loop import Load
from loadtest.harness.trial import Trial
from loadtest.reporting import result as results
from loadtest.utilisation.result import KIND, SHARES, Curve, Utilisation


def curve(pause_factor: float, cpu: Callable[[float], float], *, p50_ms: float = 5.0) -> Curve:
    load = Load(1.0, 10, 10, 1.0, p50_ms, 20.0)
    return Curve(
        pause_factor, 32, {share: [Trial(load, {"bento": cpu(share)})] for share in SHARES}
    )


def utilisation(*curves: Curve) -> Utilisation:
    return Utilisation(
        **results.about(), kind=KIND, seconds=1, rounds=1, knee=1_000, curves=list(curves)
    )


def test_cpu_in_proportion_deviates_by_nothing() -> None:
    assert curve(1, lambda share: 0.5 * share).deviation == pytest.approx(0)


def test_a_bento_that_is_always_busy_deviates() -> None:
    assert curve(0, lambda _: 0.5).deviation == pytest.approx(0.58)


def test_the_best_is_the_most_proportional() -> None:
    busy, even = curve(0, lambda _: 0.5), curve(1, lambda share: share)
    assert utilisation(busy, even).best is even


def test_proportion_is_not_worth_much_latency() -> None:
    busy = curve(1, lambda share: share**0.5)
    slow = curve(9, lambda share: share, p50_ms=50)
    assert utilisation(busy, slow).best is busy


def test_it_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = utilisation(*(curve(pause_factor, lambda share: share) for pause_factor in (0, 1, 2)))
    file = results.save(result, tmp_path)
    publish.redraw(file)
    assert "most proportional" in capsys.readouterr().out
    assert file.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
