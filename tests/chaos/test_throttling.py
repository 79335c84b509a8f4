"""With a third of DynamoDB's calls throttled, and broken connections, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import random
import uuid

import aiohttp
import pytest

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from tests.support.gateways import Gateway
from tests.support.ledger import Ledger, dynamodb_records
from tests.support.throttling import throttling
from tests.support.until import until

SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().getrandbits(32))
CLIENTS = 32
COMMENTS = 250 * (10 if "CHAOS_SECONDS" in os.environ else 1)
# More throttles in a row than a few lucky retries survive.
STORM = 10


@pytest.mark.timeout(400)
async def test_nothing_is_lost_with_a_third_of_calls_throttled(
    bento_url: str, dynamodb_url: str
) -> None:
    name = f"comments-{uuid.uuid4()}"
    table.create(aws.connect(), name)
    ledger = Ledger()
    async with throttling(dynamodb_url, SEED) as proxy:
        with Gateway(
            bento_url,
            DYNAMODB_TABLE_NAME=name,
            AWS_ENDPOINT_URL_DYNAMODB=proxy.url,
            # Long enough for all comments to succeed.
            GATEWAY_REQUEST_SECONDS=60,
            GATEWAY_MAX_QUEUE_SECONDS=60,
        ) as gateway:
            proxy.throttled, proxy.broken = 1 / 3, 0.15
            numbers = iter(range(COMMENTS))

            async def client(session: aiohttp.ClientSession) -> None:
                for number in numbers:
                    key = f"key-{number}" if number % 2 else None
                    await ledger.post(session, gateway.url, f"Number {number} is fine.", key)

            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as session:
                await asyncio.gather(*(client(session) for _ in range(CLIENTS)))
    counts = ledger.compare(await asyncio.to_thread(dynamodb_records, name))
    print(f"\nseed {SEED}: {dict(proxy.counts)}: {counts}, refused: {dict(ledger.refused)}")
    assert proxy.counts["throttled"] > 0
    assert proxy.counts["throttled in part"] > 0
    assert proxy.counts["broken"] > 0
    counts.check()
    assert not ledger.refused
    assert counts.acknowledged == counts.stored == COMMENTS


async def test_retries_outlast_a_storm_of_throttles(bento_url: str, dynamodb_url: str) -> None:
    name = f"comments-{uuid.uuid4()}"
    table.create(aws.connect(), name)
    async with throttling(dynamodb_url, SEED) as proxy:
        with Gateway(
            bento_url,
            DYNAMODB_TABLE_NAME=name,
            AWS_ENDPOINT_URL_DYNAMODB=proxy.url,
            GATEWAY_REQUEST_SECONDS=60,
        ) as gateway:
            proxy.throttled, proxy.partly = 1, 0
            ledger = Ledger()
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as session:
                post = asyncio.create_task(ledger.post(session, gateway.url, "Fine.", None))
                await until(lambda: proxy.counts["throttled"] >= STORM, seconds=60)
                proxy.throttled = 0
                await post
    counts = ledger.compare(await asyncio.to_thread(dynamodb_records, name))
    assert (counts.check().acknowledged, counts.stored) == (1, 1)
