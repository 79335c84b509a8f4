"""`python -m loadtest ledger`: how Valence does with many records in the embedded store.

Comments are posted to the full file and to an empty one in turns, so that other processes of the
machine disturb both alike.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.progress import Progress

from loadtest.harness import command as options
from loadtest.harness import texts, wrk
from loadtest.ledger.calls import TIMEOUT_SECONDS, Caller, count_queries, page_queries
from loadtest.ledger.fill import fill
from loadtest.ledger.report import REPORT
from loadtest.ledger.result import CONNECTIONS, KIND, Ledger
from loadtest.reporting import result as results
from loadtest.servers.launch import valence

FORMATS = ("jsonl", "csv")
WARM_UP_SECONDS = 2


@click.command("ledger")
@click.option(
    "--records",
    default=10_000_000,
    show_default=True,
    type=click.IntRange(1_000),
    help="Records in the file: 600 bytes each.",
)
@options.rounds(5)
@options.seconds(8)
@click.option(
    "--file", type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the file of records there, or use the one that is there.",
)  # fmt: skip
def command(records: int, rounds: int, seconds: float, file: Path | None) -> None:
    """Measure listings, statistics, exports and posts with millions of records (SQLite).

    Exit code 1 if posts failed.
    """
    with options.progress_bar() as bar, _file(file) as path:
        result = run(path, records=records, seconds=seconds, rounds=rounds, progress=bar)
    REPORT.publish(result)
    sys.exit(any(sample.errors for sample in (*result.posts_empty, *result.posts_full)))


def run(path: Path, *, records: int, seconds: float, rounds: int, progress: Progress) -> Ledger:
    """Make the file unless it is there, and measure.

    Raises:
        LoadTestError: wrk or the texts are missing, or a call failed.
    """
    wrk.check()
    bodies = texts.ensure()
    about = results.about()
    if not path.exists():
        fill(path, records, texts.read(), progress)
    now = dt.datetime.now(dt.UTC)
    pages, counts = page_queries(now), count_queries(now)
    task = progress.add_task("", total=len(pages) + len(counts) + len(FORMATS) + rounds)

    def step(description: str) -> None:
        progress.update(task, description=description)
        progress.advance(task)

    full = valence(
        "sqlite",
        GATEWAY_SQLITE_PATH=str(path.resolve()),
        # Statistics of all days take longer than requests usually may.
        GATEWAY_REQUEST_SECONDS=str(TIMEOUT_SECONDS),
    )
    with full as filled, valence("sqlite") as empty:
        caller = Caller(filled.url.removesuffix("/comments"))
        page_timings, count_timings, rates = [], [], {}
        for name, query in pages.items():
            step(f"pages: {name}")
            page_timings.append(caller.pages(name, query))
        for name, query in counts.items():
            step(f"statistics: {name}")
            count_timings.append(caller.counts(name, query))
        for form in FORMATS:
            step(f"export: {form}")
            rates[form] = caller.export_rate(form, seconds)
        posts: dict[str, list[wrk.Sample]] = {filled.url: [], empty.url: []}
        for url in posts:
            wrk.run(url, wrk.COMMENT, bodies, connections=CONNECTIONS, seconds=WARM_UP_SECONDS)
        for number in range(rounds):
            step(f"posts: round {number + 1}")
            for url in posts if number % 2 == 0 else reversed(posts):
                sample = wrk.run(url, wrk.COMMENT, bodies, connections=CONNECTIONS, seconds=seconds)
                posts[url].append(sample)
    progress.remove_task(task)
    return Ledger(
        **about,
        kind=KIND,
        records=records,
        megabytes=path.stat().st_size / 1e6,
        seconds=seconds,
        pages=page_timings,
        counts=count_timings,
        export_rates=rates,
        posts_empty=posts[empty.url],
        posts_full=posts[filled.url],
    )


@contextlib.contextmanager
def _file(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept
    else:
        # Not in memory, where a temporary folder may be.
        with tempfile.TemporaryDirectory(dir=".data") as folder:
            yield Path(folder, "comments.db")
