"""A steady load while a part that all gateways share is silent: refusals come at once and say why,
nothing that was acknowledged is lost, and comments are taken again when the part is back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import httpx
import pytest

from gateway.comments import CROWDED
from tests.support import faults
from tests.support.gateways import Gateway
from tests.support.ledger import answered
from tests.support.until import until

PAUSE_SECONDS = 1 / 25
# A refusal itself takes milliseconds.
AT_ONCE_SECONDS = 0.5
# test_store_faults.py has a locked SQLite, and parts that are gone.
FAULTS = {"DynamoDB": faults.hanging_dynamodb, "the Bento": faults.hanging_bento}


class Posted(NamedTuple):
    """The outcome of one comment."""

    sent: float
    seconds: float
    status: int
    retry_after: str | None
    document: dict[str, Any]


@asynccontextmanager
async def load(url: str) -> AsyncIterator[list[Posted]]:
    """Post comments whether or not they are answered; yields the outcomes so far."""
    outcomes: list[Posted] = []
    stop = asyncio.Event()

    async def post(session: aiohttp.ClientSession, number: int) -> None:
        sent = time.monotonic()
        comment = {"comment": f"Number {number} is fine."}
        async with session.post(f"{url}/comments", json=comment) as response:
            document = await response.json(content_type=None)
            retry_after = response.headers.get("Retry-After")
        seconds = time.monotonic() - sent
        outcomes.append(Posted(sent, seconds, response.status, retry_after, document))

    async def run() -> None:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            asyncio.TaskGroup() as posts,
        ):
            number = 0
            while not stop.is_set():
                posts.create_task(post(session, number))
                number += 1
                await asyncio.sleep(PAUSE_SECONDS)

    running = asyncio.create_task(run())
    try:
        yield outcomes
    finally:
        stop.set()
        await running


def since(outcomes: list[Posted], start: float) -> list[Posted]:
    return [each for each in outcomes if each.sent >= start]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_refusals_come_at_once_and_say_why(
    fault: Any, bento_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    async with fault(bento_url, tmp_path) as part:
        with (
            log.open("wb") as output,
            Gateway(part.bento_url, output=output, **part.settings) as gateway,
        ):
            outage = ("valence_gateway_outage", f"part={part.part}")
            async with (
                httpx.AsyncClient(base_url=gateway.url, timeout=30) as client,
                load(gateway.url) as outcomes,
            ):
                await until(lambda: sum(o.status == 201 for o in outcomes) > 20, seconds=60)
                assert gateway.samples()[outage] == 0
                await asyncio.to_thread(part.make)
                await until(lambda: any(o.status >= 500 for o in outcomes), seconds=30)

                known = time.monotonic()
                await until(lambda: len(since(outcomes, known)) >= 150, seconds=60)
                during = since(outcomes, known)
                seconds = sorted(each.seconds for each in during)
                assert seconds[int(0.95 * len(seconds))] < AT_ONCE_SECONDS
                assert {each.status for each in during} == {503}
                for path in ("/readyz", "/"):
                    assert (await client.get(path)).status_code == 200
                health = await client.get("/healthz")
                assert health.status_code == 503
                assert f"the {part.part} is out" in health.json()["detail"]
                samples = gateway.samples()
                assert samples[outage] == 1
                assert (
                    0
                    < time.time() - samples[("valence_gateway_last_stored_timestamp_seconds",)]
                    < 120
                )

                await asyncio.to_thread(part.mend)
                mended = time.monotonic()
                await until(
                    lambda: any(each.status == 201 for each in since(outcomes, mended)), seconds=60
                )
                again = time.monotonic()
                await until(lambda: len(since(outcomes, again)) >= 50, seconds=60)
                assert {each.status for each in since(outcomes, again)} == {201}
                assert gateway.samples()[outage] == 0
        stored = {record["comment_id"]: answered(record) for record in part.read()}
    acknowledged = [each.document for each in outcomes if each.status == 201]
    assert acknowledged
    assert all(stored.get(each["comment_id"]) == answered(each) for each in acknowledged)

    refused = [each for each in outcomes if each.status != 201]
    assert all(int(each.retry_after or 0) >= 1 for each in refused)
    reasons = {each.document["detail"] for each in refused}
    assert CROWDED not in reasons
    lines = [json.loads(line)["message"] for line in log.read_text().splitlines()]
    for reason in reasons:
        assert sum(line.endswith(f"is out: {reason}") for line in lines) <= 1
    # Twice for each reason: that the part is out, and what a client was told.
    assert 2 <= len(lines) <= 2 * len(reasons) + 2, lines
