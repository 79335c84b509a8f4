"""Runs the alert rules on made-up series, with Prometheus's own promtool."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

Rule = dict[str, Any]
Firing = set[tuple[str, str]]
"""Alerts by name and severity."""

PROMTOOL = shutil.which("promtool")
needed = pytest.mark.skipif(
    PROMTOOL is None and not os.environ.get("CI"),
    reason="promtool is missing: it is in Debian's package prometheus",
)


def fired(
    groups: list[Rule], series: dict[str, str], times: dict[str, Firing], folder: Path
) -> str | None:
    """Compare the alerts that fire with those that should.

    Args:
        groups: of rules, as in a PrometheusRule.
        series: by name and labels, a value for each minute in promtool's notation.
        times: when to look, such as `10m`, and all alerts that fire then.
        folder: for files.

    Returns:
        What promtool says of differences; None if there are none.
    """
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    expected = [
        {
            "eval_time": time,
            "alertname": name,
            "exp_alerts": [
                {"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}
                for rule in alerts
                if rule["alert"] == name and (name, rule["labels"]["severity"]) in firing
            ],
        }
        for time, firing in times.items()
        for name in dict.fromkeys(rule["alert"] for rule in alerts)
    ]
    return _run(groups, series, {"alert_rule_test": expected}, folder)


def valued(
    groups: list[Rule], series: dict[str, str], values: dict[str, float], time: str, folder: Path
) -> str | None:
    """Compare the values of expressions with those that they should have, to six decimals.

    Args:
        groups: of rules, as in a PrometheusRule.
        series: by name and labels, a value for each minute in promtool's notation.
        values: by expression, each of which gives one value.
        time: when to look, such as `10m`.
        folder: for files.

    Returns:
        What promtool says of differences; None if there are none.
    """
    expected = [
        {
            "expr": f"round(1e6 * sum({expression}))",
            "eval_time": time,
            "exp_samples": [{"labels": "{}", "value": float(round(1e6 * value))}],
        }
        for expression, value in values.items()
    ]
    return _run(groups, series, {"promql_expr_test": expected}, folder)


def _run(
    groups: list[Rule], series: dict[str, str], tests: dict[str, Any], folder: Path
) -> str | None:
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        **tests,
    }
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(document))
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, "test", "rules", "test.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).strip() if done.returncode else None
