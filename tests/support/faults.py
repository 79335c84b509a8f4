"""Parts that all gateways share, and that a test makes hang for a while."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from loadtest.servers import dynamodb_local
from processes import Process, answers, free_port, module
from tests.support.ledger import Fields, dynamodb_records, sqlite_records


@dataclass
class Fault:
    """One part with its fault, and the settings of a gateway that uses the part."""

    part: str
    """`store` or `model`."""
    bento_url: str
    settings: dict[str, str]
    make: Callable[[], None]
    mend: Callable[[], None]
    read: Callable[[], list[Fields]]
    """All records of the store, read without the gateway."""


@contextlib.asynccontextmanager
async def hanging_dynamodb(bento_url: str, folder: Path) -> AsyncIterator[Fault]:
    """DynamoDB Local accepts connections and does not answer."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dynamodb_local.CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{port}")
        with await asyncio.to_thread(dynamodb_local.start, folder, port) as process:
            table.create(aws.connect(), "comments")
            yield Fault(
                "store",
                bento_url,
                {"GATEWAY_STORE": "dynamodb"},
                lambda: process.signal(signal.SIGSTOP),
                lambda: process.signal(signal.SIGCONT),
                lambda: dynamodb_records("comments"),
            )


@contextlib.asynccontextmanager
async def hanging_bento(_bento_url: str, folder: Path) -> AsyncIterator[Fault]:
    """A Bento of its own accepts connections and does not answer."""
    port, path = free_port(), folder / "comments.db"
    url = f"http://127.0.0.1:{port}"
    with Process("the Bento", module("bento"), environment={"BENTO_PORT": str(port)}) as bento:
        await asyncio.to_thread(bento.wait_until, lambda: answers(f"{url}/readyz"), seconds=60)
        yield Fault(
            "model",
            url,
            {"GATEWAY_SQLITE_PATH": str(path)},
            lambda: bento.signal(signal.SIGSTOP),
            lambda: bento.signal(signal.SIGCONT),
            lambda: sqlite_records(path),
        )
