"""The gate: it names figures that are worse beyond noise; everything else passes."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from training.errors import DataError
from training.evaluation import gate
from training.evaluation.gate import Figures, Verdict, compare
from training.evaluation.metrics import Scored


def figures(right: Sequence[bool], score: float = 0.9, text: str = "text") -> Figures:
    """The figures of rows that are all called positive with this score, rightly or not."""
    labels = np.array(right, dtype=np.int64)
    scored = Scored(("negative", "positive"), labels, np.tile([1 - score, score], (len(right), 1)))
    names = np.where(labels == 1, "positive", "negative")
    table = pd.DataFrame({"text": [f"{text} {i}" for i in range(len(right))], "label": names})
    # Labels are part of the content, but here they only represent right and wrong.
    return msgspec.structs.replace(gate.domain_figures(table, scored), content=text)


def rows(wrong: int, of: int = 1000, start: int = 0) -> list[bool]:
    """Whether each row is right; the wrong ones begin at `start`."""
    return [not start <= i < start + wrong for i in range(of)]


def test_equal_and_better_figures_pass() -> None:
    was = {"imdb": figures(rows(100))}
    assert compare(was, was).worse == ()
    assert compare(was, {"imdb": figures(rows(90))}).worse == ()


def test_worse_figures_are_named_with_the_reference() -> None:
    verdict = compare({"imdb": figures(rows(100))}, {"imdb": figures(rows(140))})
    assert len(verdict.worse) == 2
    assert verdict.worse[0].startswith("imdb: accuracy 86.00%, reference 90.00% (noise: 1.")
    assert verdict.worse[1].startswith("imdb: expected calibration error 4.00%, reference 0.00%")


def test_more_texts_called_neutral_are_worse() -> None:
    def called(neutral: float, rows: int = 1000) -> dict[str, Figures]:
        table = pd.DataFrame({"text": ["a"] * rows, "label": ["positive"] * rows})
        scored = Scored(("negative", "positive"), np.ones(rows, int), np.tile([0, 1.0], (rows, 1)))
        scored = dataclasses.replace(scored, neutral_rate=neutral)
        return {"imdb": gate.domain_figures(table, scored)}

    [line] = compare(called(0.10), called(0.15)).worse
    assert line.startswith("imdb: neutral rate 15.00%, reference 10.00% (noise: ")
    assert not compare(called(0.10), called(0.12)).worse
    assert not compare(called(0.10), called(0.05)).worse
    assert not compare(called(0.0), called(0.01)).worse
    assert compare(called(0.0), called(0.02)).worse
    assert not compare(called(0.1, rows=20), called(0.2, rows=20)).worse


def test_a_behaviour_that_passes_less_often_is_worse() -> None:
    def passing(passed: int, cases: int = 48) -> dict[str, Figures]:
        return gate.behaviour_figures([{"name": "Plain praise", "cases": cases, "passed": passed}])

    [line] = compare(passing(48), passing(38)).worse
    assert line.startswith("behaviour “Plain praise”: accuracy 79.17%, reference 100.00% (noise: ")
    assert not compare(passing(48), passing(46)).worse
    assert not compare(passing(38), passing(48)).worse
    assert not compare(passing(4, cases=5), passing(2, cases=5)).worse


def test_a_new_behaviour_waits_for_a_reference() -> None:
    was = gate.behaviour_figures([{"name": "Plain praise", "cases": 48, "passed": 48}])
    new = gate.behaviour_figures([{"name": "Hashtags", "cases": 20, "passed": 0}])
    verdict = compare(was, was | new)
    assert verdict.worse == ()
    assert verdict.not_compared == ("behaviour “Hashtags”: not in the reference",)
    assert compare(was | new, was | new).not_compared == ()


def test_the_same_rows_are_compared_in_pairs() -> None:
    was = figures(rows(100))
    # 20 rows lost and none won is significant if the other rows are the same.
    lost = figures(rows(120))
    assert compare({"a": was}, {"a": lost}).worse
    # 20 more wrong rows, with other rows wrong, may be chance.
    assert not compare({"a": was}, {"a": figures(rows(120, start=500))}).worse
    assert not compare({"a": was}, {"a": msgspec.structs.replace(lost, content="other")}).worse


def test_differences_between_cpus_are_tolerated() -> None:
    was = figures(rows(100, of=2500))
    assert not compare({"a": was}, {"a": figures(rows(110, of=2500))}).worse
    assert compare({"a": was}, {"a": figures(rows(115, of=2500))}).worse


def test_an_edited_reference_is_respected() -> None:
    now = figures(rows(100))
    edited = msgspec.structs.replace(now, accuracy=gate.Measure(0.95, 0.01))
    assert "90.00%, reference 95.00%" in str(compare({"a": edited}, {"a": now}))


def test_few_rows_have_large_errors() -> None:
    was, now = figures(rows(2, of=20)), figures(rows(5, of=20), text="others")
    assert not compare({"a": was}, {"a": now}).worse


def test_domains_on_one_side_are_named_but_not_failed() -> None:
    each = figures(rows(1, of=10))
    verdict = compare({"imdb": each, "tweets": each}, {"imdb": each, "file:mine.csv": each})
    assert verdict.worse == ()
    assert verdict.not_compared == (
        "tweets: in the reference, but not measured",
        "file:mine.csv: not in the reference",
    )


def test_the_reference_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert gate.read(path) == {}
    reference = {"imdb": figures(rows(3, of=50))}
    gate.write(path, reference)
    assert gate.read(path) == reference
    path.write_text('{"imdb": 1}')
    with pytest.raises(DataError, match=r"baseline\.json: not a reference for the gate"):
        gate.read(path)


def test_the_committed_reference_can_be_read() -> None:
    reference = gate.read(Path(gate.__file__).parents[1] / "baseline.json")
    assert {"imdb", "rotten_tomatoes", "tweets", "tweets, without neutral"} <= reference.keys()


@pytest.mark.parametrize(
    ("worse", "compared", "accepted", "verdict"),
    [
        ((), True, False, "passed"),
        ((), False, False, "no reference"),
        (("a",), True, False, "forced"),
        (("a",), True, True, "accepted"),
    ],
)
def test_the_summary_names_the_verdict(
    worse: tuple[str, ...], compared: bool, accepted: bool, verdict: str
) -> None:
    summary = Verdict(worse, ("b",)).summary(compared=compared, accepted=accepted)
    assert summary == {"verdict": verdict, "worse": worse, "not_compared": ("b",)}
