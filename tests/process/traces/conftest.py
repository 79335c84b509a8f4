"""A receiver of traces, and what sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from processes import Process, answers, free_port, module
from tests.support.otlp import Receiver, receiver

# Milliseconds, so that tests need not wait for 5 s.
SOON: dict[str, Any] = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


@pytest.fixture(scope="module")
def traces() -> Iterator[Receiver]:
    with receiver() as received:
        yield received


@pytest.fixture(scope="module")
def variables(traces: Receiver) -> dict[str, Any]:
    """What makes a process send its traces to the receiver."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url, **SOON}


@pytest.fixture(scope="module")
def traced_bento(variables: dict[str, Any]) -> Iterator[str]:
    """The URL of a Bento with traces."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {"BENTO_PORT": str(port), **variables}
    with Process("the Bento", module("bento"), environment=environment) as process:
        process.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        yield url
