"""Figures of a comparison, and its output."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from loadtest import publish
from loadtest.compare.result import KIND, Comparison, Line, Round
from loadtest.errors import LoadTestError
from loadtest.harness.wrk import Sample
from loadtest.reporting import result as results


def sample(rate: float, *, errors: int = 0) -> Sample:
    return Sample(round(rate) + errors, 1.0, errors, 1.0, 2.0, 3.0)


def line(name: str, *rates: float, errors: int = 0) -> Line:
    rounds = [
        Round(
            {"server": 1.0 + n},
            {"server": 10.0 + n},
            {32: sample(rate, errors=errors)},
            background_cores=0.1,
            cpu_ms=0.2,
        )
        for n, rate in enumerate(rates)
    ]
    return Line(name, name, durable=True, rounds=rounds)


def comparison(*lines: Line) -> Comparison:
    return Comparison(
        **results.about(),
        kind=KIND,
        seconds=1,
        rounds=3,
        connections=[32],
        texts={"count": 1},
        lines=list(lines),
    )


def test_figures_are_medians_of_the_rounds() -> None:
    measured = line("sqlite", 100, 900, 200, errors=1)
    assert measured.median(32, "rate") == 200
    assert measured.spread(32) == (100, 900)
    assert measured.errors == 3
    assert measured.memory_mb == {"server": 12}
    assert measured.ready_seconds == {"server": 2}


def test_ratios_are_to_naive() -> None:
    ours = line("sqlite", 300)
    assert comparison(line("naive", 100), ours).ratio(ours, 32) == 3


@pytest.mark.parametrize("others", [[], [line("naive")]])
def test_without_naive_there_is_no_ratio(others: list[Line]) -> None:
    ours = line("sqlite", 300)
    assert comparison(*others, ours).ratio(ours, 32) is None


def test_a_kept_result_is_drawn_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = Line("kserve", "KServe", durable=False, failed="not installed: no such version")
    file = results.save(comparison(line("naive", 100), line("sqlite", 1_234), failed), tmp_path)
    publish.redraw(file)
    printed = capsys.readouterr().out
    assert "1,234 (12.3×)" in printed
    assert "no such version" in printed
    assert file.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in file.with_suffix(".svg").read_bytes()


@pytest.mark.parametrize("figure", ["cpu_ms", "background_cores"])
def test_a_result_without_a_figure_is_refused(tmp_path: Path, figure: str) -> None:
    file = results.save(comparison(line("naive", 100)), tmp_path)
    old = json.loads(file.read_text())
    del old["lines"][0]["rounds"][0][figure]
    file.write_text(json.dumps(old))
    with pytest.raises(LoadTestError, match=f"missing required field `{figure}`"):
        publish.redraw(file)


def test_a_result_names_what_it_was_made_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "_LIBRARIES", ("bentoml", "locust", "not-installed-here"))
    assert results.about()["versions"] == {
        "bentoml": version("bentoml"),
        "locust": version("locust"),
    }


@pytest.mark.parametrize("content", ["", "{}", '{"kind": "compare"}', "\xff"])
def test_what_is_no_result_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(LoadTestError, match="other"):
        publish.redraw(file)
