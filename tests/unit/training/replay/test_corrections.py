"""Replay of corrections: those that the candidate trained on, and those that are few."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from bento.model.artifact import Artifact, save
from bento.model.model import Model
from tests.support.replayed import OTHER, run
from training.card.pictures import reliability
from training.data import feedback
from training.data.exports import Record
from training.errors import DataError
from training.replay.answers import answer
from training.replay.comparison import compare
from training.replay.page import page
from training.replay.report import print_report


@pytest.fixture(scope="module")
def taught(
    artifact: Artifact, records: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A candidate that trained on 25 of the 30 corrections that it has right now, on one whose
    correction was another one then, and on one that changed nothing."""
    lines = ["comment_id,model,label,use"]
    for n, row in enumerate(records):
        if "correction" in row and n < 125:
            lines.append(f"{row['comment_id']},x,{row['correction']['sentiment']},trained")
    lines += ["id-125,x,none,trained", "id-130,x,positive,measured"]
    lines.append(f"id-150,x,{records[150]['sentiment']},trained")
    manifest = msgspec.structs.replace(
        artifact.manifest, digest="", data={"feedback": {"measured": 3}}
    )
    folder = tmp_path_factory.mktemp("taught") / "artifact"
    listing = {feedback.LISTING: "\n".join(lines).encode()}
    save(msgspec.structs.replace(artifact, manifest=manifest), folder, listing)
    return folder


def test_what_corrections_taught_is_counted_but_not_listed(
    taught: Path, export: Path, tmp_path: Path
) -> None:
    file = tmp_path / "replay.html"
    result = json.loads(run(taught, "--from", export, "--json", "--html", file).stdout)
    assert (result["changed"]["count"], result["learned"]) == (30, 25)
    assert (result["otherwise"]["count"], result["otherwise"]["rows"]) == (5, 300)
    listed = {each["comment_id"] for each in result["flips"]}
    assert listed == {"id-125", "id-130", "id-135", "id-140", "id-145"}
    assert sum(row["count"] for row in result["by_confidence"]) == 30
    shown = "Of these 25 as corrected, trained on; 5 (1.67% of all) otherwise"
    assert shown in file.read_text()
    assert "30 of 300, 25 as corrected, trained on" in file.read_text()
    assert shown in " ".join(run(taught, "--from", export).stdout.split())


def test_what_corrections_taught_does_not_count_for_the_limit(taught: Path, export: Path) -> None:
    assert run(taught, "--from", export, "--max-changed", "0.02").exit_code == 0
    done = run(taught, "--from", export, "--max-changed", "0.01")
    assert done.exit_code == 1
    assert "1.67% of the answers change otherwise than as corrected, more than" in done.stderr


def test_few_corrections_are_shown_with_their_number_and_interval(
    model: Model, records: list[dict[str, Any]]
) -> None:
    answers = model.classify([row["original_comment"] for row in records[:5]])
    rows = []
    for row, each in zip(records[:5], answers, strict=True):
        # Neither answer is right.
        wrong = next(name for name in OTHER if name not in (row["sentiment"], each.sentiment))
        rows.append({**row, "timestamp": "2025", "correction": {"sentiment": wrong}})
    converted = [msgspec.convert(row, Record) for row in rows]
    result = compare(model, {}, answer(model, [converted], "x"))
    html = page(result)
    assert html.count("0 of 5; 95 %: 0.0–43.4") == 2
    assert "Answers given at 2025</p>" in html
    out = io.StringIO()
    print_report(Console(file=out, width=100), result)
    shown = " ".join(out.getvalue().split())
    for name in ("then", "now"):
        assert f"{name} 0 of 5 0.0% 0.0–43.4" in shown
    assert "5 comments at 2025" in shown
    # The pictures' axes start at 0, where the points are.
    assert ">0.0</text>" in reliability(result["corrected"]["after"]["reliability"], 1 / 3)


def test_a_damaged_listing_is_refused_in_one_line(tmp_path: Path) -> None:
    assert feedback.trained_on(tmp_path) == {}
    (tmp_path / feedback.LISTING).write_bytes(b"id,use\n1,trained\n")
    with pytest.raises(DataError, match="not a list of corrections"):
        feedback.trained_on(tmp_path)
