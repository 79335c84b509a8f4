"""Fixtures for tests of a running gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.support.bad_bento import BadBento, bad_bento


@pytest.fixture(scope="session")
def client(gateway_url: str) -> Iterator[httpx.Client]:
    """A client of the shared gateway."""
    with httpx.Client(base_url=gateway_url, timeout=30) as client:
        yield client


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento
