"""`kill -9` of any part at random moments under load: acknowledged comments are stored, once.

`CHAOS_KILLS` sets the number of kills for each store, `CHAOS_SEED` repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from loadtest.servers import dynamodb_local
from processes import Process, answers, free_port, module
from tests.support.gateways import Gateway
from tests.support.ledger import Fields, Ledger, clients, dynamodb_records, sqlite_records
from tests.support.until import until

KILLS = int(os.environ.get("CHAOS_KILLS", "3"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().getrandbits(32))
CLIENTS = 16
MAX_PAUSE_SECONDS = 0.5

pytestmark = pytest.mark.timeout(120 + 40 * KILLS)


class Parts:
    """The processes of a pipeline by name; each can be killed and started again at its address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table = f"comments-{uuid.uuid4()}"
        self._bento_port, self._gateway_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self._gateway_port}"
        self._settings: dict[str, Any] = {"GATEWAY_SQLITE_PATH": folder / "comments.db"}
        self._start: dict[str, Callable[[], Process]] = {
            "Bento": self._bento,
            "gateway": self._gateway,
        }
        self._running: dict[str, Process] = {}

    def use_dynamodb(self, port: int) -> None:
        self._settings = {"DYNAMODB_TABLE_NAME": self.table}
        self._start = {
            "store": lambda: dynamodb_local.start(self.folder, port),
            **self._start,
        }

    @property
    def names(self) -> list[str]:
        return list(self._start)

    def start(self, name: str) -> None:
        self._running[name] = self._start[name]()

    def kill(self, name: str) -> None:
        self._running[name].kill()

    def stop(self) -> None:
        for process in reversed(self._running.values()):
            process.stop()

    def records(self) -> list[Fields]:
        if "store" in self._start:
            return dynamodb_records(self.table)
        return sqlite_records(self.folder / "comments.db")

    def _bento(self) -> Process:
        # It does not wait for readiness: a gateway that starts first must cope with that, too.
        return Process(
            "the Bento", module("bento"), environment={"BENTO_PORT": str(self._bento_port)}
        )

    def _gateway(self) -> Process:
        url = f"http://127.0.0.1:{self._bento_port}"
        return Gateway(url, port=self._gateway_port, **self._settings).__enter__().process


@pytest.fixture(params=["sqlite", "dynamodb"])
def parts(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Parts]:
    parts = Parts(tmp_path)
    try:
        if request.param == "dynamodb":
            port = free_port()
            for name, value in dynamodb_local.CREDENTIALS.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{port}")
            parts.use_dynamodb(port)
        for name in parts.names:
            parts.start(name)
            if name == "store":
                table.create(aws.connect(), parts.table)
        yield parts
    finally:
        parts.stop()


async def test_acknowledged_comments_survive_any_kill(
    parts: Parts, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(SEED)  # noqa: S311
    ledger = Ledger()
    kills: Counter[str] = Counter()
    await until(lambda: answers(f"{parts.url}/readyz"), seconds=60)
    async with clients(ledger, parts.url, CLIENTS, SEED):
        for _ in range(KILLS):
            # Under load, not in the pause after the last kill.
            enough = len(ledger.acknowledged) + CLIENTS
            await until(lambda enough=enough: len(ledger.acknowledged) >= enough, seconds=90)  # type: ignore[misc]
            await asyncio.sleep(rng.uniform(0, MAX_PAUSE_SECONDS))  # the random moment
            name = rng.choice(parts.names)
            parts.kill(name)
            kills[name] += 1
            await asyncio.to_thread(parts.start, name)
    counts = ledger.compare(await asyncio.to_thread(parts.records))
    killed = ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
    print(
        f"\n{request.node.callspec.id}: seed {SEED}, {kills.total()} kills ({killed}): {counts},"
        f" refused: {dict(ledger.refused)}"
    )
    counts.check()
