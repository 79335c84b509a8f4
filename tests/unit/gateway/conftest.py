"""The model's side of the gateway, for tests that decide how the Bento behaves, and its traces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway import tracing
from gateway.model.client import ModelClient
from tests.support.bad_bento import BadBento, bad_bento
from tests.support.otlp import Receiver, receiver


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest.fixture
async def model(bento: BadBento) -> AsyncIterator[ModelClient]:
    async with ModelClient(bento.url, call_seconds=60) as model:
        yield model


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Traces are on; `tracing.stop` sends them."""
    with receiver() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        tracing.start()
        yield received
        tracing.stop()
