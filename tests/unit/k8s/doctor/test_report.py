"""The report shows all results, and no control characters."""

from __future__ import annotations

import io
import json

from rich.console import Console

from k8s.doctor import report
from k8s.doctor.check import Result, Status

RESULTS = [
    Result("outside", "reachable", Status.OK, "[red]it[/red] \x1b[31m answers"),
    Result("outside", "TLS", Status.FAILED, "it ended", "renew it"),
    Result("table", "recovery", Status.SKIPPED, "no TABLE"),
]


def shown(results: list[Result]) -> str:
    console = Console(file=io.StringIO(), width=100)
    report.show(console, "http://127.0.0.1:8000", results, 1.25)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_each_result_has_its_sign_and_failures_their_advice() -> None:
    lines = [" ".join(line.split()) for line in shown(RESULTS).splitlines()]
    assert "✓ outside reachable [red]it[/red] [31m answers" in lines
    assert "✗ TLS it ended" in lines
    assert "→ renew it" in lines
    assert "– table recovery no TABLE" in lines
    assert lines[-1] == "1 failed: 1 passed, 1 skipped, in 1.2 s"


def test_what_is_skipped_for_one_reason_is_one_line() -> None:
    skipped = [Result("cluster", name, Status.SKIPPED, "no KUBECONFIG") for name in ("a", "b")]
    text = shown([*RESULTS, *skipped, Result("cluster", "c", Status.SKIPPED, "closed")])
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "– cluster a, b no KUBECONFIG" in lines
    assert "– c closed" in lines
    assert lines[-1] == "1 failed: 1 passed, 4 skipped, in 1.2 s"


def test_nothing_that_controls_a_terminal_is_shown() -> None:
    assert "\x1b" not in shown(RESULTS)


def test_json_has_all_of_it() -> None:
    document = json.loads(report.as_json("http://127.0.0.1:8000", RESULTS, 1.25))
    assert document["ok"] is False
    assert document["checks"][1] == {
        "topic": "outside",
        "check": "TLS",
        "status": "failed",
        "found": "it ended",
        "advice": "renew it",
    }
    assert json.loads(report.as_json("", RESULTS[::2], 0))["ok"] is True
