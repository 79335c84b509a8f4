"""The model's side of the gateway, for tests that decide how the Bento behaves, and its metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway import metrics
from gateway.model.client import ModelClient
from tests.support.bad_bento import BadBento, bad_bento


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest.fixture
async def model(bento: BadBento) -> AsyncIterator[ModelClient]:
    async with ModelClient(bento.url, call_seconds=60) as model:
        yield model


@pytest.fixture
def no_models() -> Iterator[None]:
    """No artifact has answered yet."""

    def forget() -> None:
        metrics._models.clear()
        metrics._answered.clear()
        metrics.PREDICTIONS.values.clear()
        metrics.CORRECTIONS.clear()
        metrics.BUILD.clear()

    forget()
    metrics.announce()
    yield
    forget()
