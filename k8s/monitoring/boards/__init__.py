"""The boards of Grafana."""

from __future__ import annotations

from k8s.monitoring.boards import cost, model, service

BOARDS = {"service": service.board, "model": model.board, "cost": cost.board}
"""By the name of its file, what writes a board as JSON, given the runbook's URL."""
