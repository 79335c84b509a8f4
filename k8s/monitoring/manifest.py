"""The rules as an object of the Prometheus operator."""

from __future__ import annotations

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


def rules() -> str:
    """The PrometheusRule as YAML."""
    document: dict[str, Any] = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "valence",
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/part-of": "valence"},
        },
        "spec": {"groups": [{"name": name, "rules": members} for name, members in GROUPS.items()]},
    }
    return HEADER + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1_000)
