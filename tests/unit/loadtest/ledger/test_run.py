"""The benchmark of a full ledger, with few records."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from rich.progress import Progress

from gateway.ledger.filters import Filter
from gateway.stores.sqlite import queries
from loadtest import publish
from loadtest.errors import LoadTestError
from loadtest.harness.wrk import Sample
from loadtest.ledger.fill import MODELS, fill
from loadtest.ledger.result import KIND, Ledger, Timing
from loadtest.reporting import result as results


def sample(rate: float) -> Sample:
    return Sample(requests=int(rate), seconds=1.0, errors=0, p50_ms=1.0, p90_ms=2.0, p99_ms=3.0)


def test_the_file_is_one_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    fill(path, 2_000, ["one", "two"], Progress(disable=True))
    connection = sqlite3.connect(path)
    try:
        listing = queries.newest(connection, 3_000, None, Filter())
        corrected = queries.newest(connection, 3_000, None, Filter(corrected=True)).records
    finally:
        connection.close()
    ids = [record.comment_id for record in listing.records]
    assert ids == sorted(set(ids), reverse=True)
    assert [record.model for record in listing.records] == [MODELS[1]] * 1_000 + [MODELS[0]] * 1_000
    assert 0 < len(corrected) < 100
    with pytest.raises(LoadTestError, match="there is a file already"):
        fill(path, 1, ["one"], Progress(disable=True))


def test_a_result_is_shown_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = Ledger(
        **results.about(),
        kind=KIND,
        records=1_000,
        megabytes=1.5,
        seconds=1,
        pages=[Timing("negative", [1.0, 2.0, 40.0], 300)],
        counts=[Timing("a day by hour", [5.0], 100)],
        export_rates={"jsonl": 60_000.0},
        posts_empty=[sample(100), sample(200), sample(1_000)],
        posts_full=[sample(90), sample(190), sample(700)],
    )
    assert result.share == pytest.approx(0.9)
    file = results.save(result, tmp_path)
    publish.redraw(file)
    printed = capsys.readouterr().out
    assert "60,000 records/s" in printed
    assert "(90%)" in printed
    assert file.with_suffix(".svg").exists()
