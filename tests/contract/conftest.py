"""The stores that keep the contract."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.ledger.store import Store
from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from gateway.stores.dynamodb.store import DynamoDBStore
from gateway.stores.measured import MeasuredStore
from gateway.stores.sqlite.store import SQLiteStore


@pytest.fixture(params=["sqlite", "dynamodb", "measured"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A new, empty store."""
    opened: Store
    if request.param == "dynamodb":
        request.getfixturevalue("dynamodb_url")
        name = f"comments-{uuid.uuid4()}"
        table.create(aws.connect(), name)
        opened = DynamoDBStore(aws.Client(), name, retry_seconds=2)
    else:
        opened = SQLiteStore(tmp_path / "folder" / "comments.db")
        if request.param == "measured":
            opened = MeasuredStore(opened)
    yield opened
    await opened.close()
