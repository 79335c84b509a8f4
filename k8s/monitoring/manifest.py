"""The rules as an object of the Prometheus operator."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from k8s.monitoring.alerts import GROUPS
from k8s.monitoring.series import NAMESPACE

HEADER = "# `make golden` writes this file: the rules are in k8s/monitoring/alerts.py.\n"


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, as people do."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def rules(runbook: str) -> str:
    """The PrometheusRule as YAML.

    Args:
        runbook: its URL; each alert gets the one of its section.
    """
    document: dict[str, Any] = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "valence",
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/part-of": "valence"},
        },
        "spec": {"groups": _groups(runbook)},
    }
    return HEADER + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1_000)


def runbook_in(text: str) -> str:
    """The runbook's URL in a PrometheusRule that `rules` wrote."""
    [group, *_] = yaml.safe_load(text)["spec"]["groups"]
    urls = (rule["annotations"]["runbook_url"] for rule in group["rules"] if "alert" in rule)
    return str(next(urls)).rpartition("#")[0]


def _groups(runbook: str) -> list[dict[str, Any]]:
    groups = []
    for name, members in GROUPS.items():
        rules = copy.deepcopy(members)
        for rule in rules:
            if "alert" in rule:
                rule["annotations"]["runbook_url"] = f"{runbook}#{rule['alert'].lower()}"
        groups.append({"name": name, "rules": rules})
    return groups
