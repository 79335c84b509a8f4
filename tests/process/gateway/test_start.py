"""A gateway's start: it is ready once the model and the store have answered, and then stays so; a
mistake that waiting does not mend ends it with one line."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from loadtest.servers import dynamodb_local
from processes import free_port, module
from tests.support.api import assert_unavailable
from tests.support.bad_bento import bad_bento
from tests.support.dynamodb_server import Server
from tests.support.gateways import Gateway

WRONG_KEY = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
EXPIRED = '{"__type": "com.amazon.coral.service#ExpiredTokenException"}'
NO_INDEX = {
    "AttributeDefinitions": [{"AttributeName": "comment_id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "comment_id", "KeyType": "HASH"}],
}


def start(bento_url: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a gateway that must end by itself."""
    environment = {
        **os.environ,
        "MICROSERVICE_URL": bento_url,
        "GATEWAY_PORT": str(free_port()),
        "GATEWAY_METRICS_PORT": "0",
        **{name: str(value) for name, value in settings.items()},
    }
    return subprocess.run(
        module("gateway"), env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def assert_ends_with(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """It ended with exit code 1, and the one line says what is wrong and what to do."""
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("gateway: ")
    for part in parts:
        assert part in done.stderr


@pytest.mark.parametrize("shape", [WRONG_KEY, NO_INDEX], ids=["another key", "no index"])
def test_a_table_of_another_shape_ends_it(
    bento_url: str, dynamodb_url: str, shape: dict[str, list[dict[str, str]]]
) -> None:
    assert dynamodb_url
    name = f"comments-{uuid.uuid4()}"
    aws.connect().create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **shape)  # type: ignore[arg-type]
    done = start(bento_url, DYNAMODB_TABLE_NAME=name)
    assert_ends_with(done, f"the table {name} is not one of Valence", "--create-table")


def test_no_credentials_end_it(bento_url: str, tmp_path: Path) -> None:
    nothing = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "")
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    done = start(
        bento_url,
        GATEWAY_STORE="dynamodb",
        AWS_REGION="eu-central-1",
        AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}",
        AWS_EC2_METADATA_DISABLED="true",
        **nothing,
        **dict.fromkeys(files, tmp_path / "none"),
    )
    assert_ends_with(done, "there are no credentials", "AWS_ACCESS_KEY_ID")


async def test_expired_credentials_end_a_start_but_no_running_gateway() -> None:
    aws_stand_in = Server()
    app = web.Application()
    app.router.add_post("/", aws_stand_in.dynamodb)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings: dict[str, Any] = {
        **dynamodb_local.CREDENTIALS,
        "GATEWAY_STORE": "dynamodb",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{runner.addresses[0][1]}",
    }
    async with bad_bento() as bento:
        with Gateway(bento.url, **settings) as gateway:
            async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
                while (await client.get("/readyz")).status_code != 200:
                    pass
                aws_stand_in.fails(400, EXPIRED)
                refused = await client.post("/comments", json={"comment": "x"})
                assert_unavailable(refused, 503)
                assert "they have expired" in refused.json()["detail"]
                assert (await client.get("/readyz")).status_code == 200
        done = await asyncio.to_thread(start, bento.url, **settings)
    assert_ends_with(done, "DynamoDB refuses the credentials: they have expired")
    await runner.cleanup()


def test_a_file_that_is_no_store_ends_it(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    path.write_text("a text that somebody keeps here, longer than the head of a database" * 10)
    done = start(bento_url, GATEWAY_SQLITE_PATH=path)
    assert_ends_with(done, f"the store {path} cannot be opened", "GATEWAY_SQLITE_PATH")


async def test_it_is_ready_once_both_parts_have_answered_and_then_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in dynamodb_local.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    port, log = free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
    async with bad_bento() as bento:
        bento.ready_status = 503
        with (
            log.open("wb") as output,
            Gateway(bento.url, output=output, GATEWAY_STORE="dynamodb") as gateway,
        ):
            async with httpx.AsyncClient(base_url=gateway.url) as client:

                async def answers(path: str, status: int, *parts: str) -> None:
                    """Ask until the answer has this status, and these parts in its text."""
                    deadline = time.monotonic() + 30
                    while True:
                        answer = await client.get(path)
                        if answer.status_code == status and all(p in answer.text for p in parts):
                            return
                        assert time.monotonic() < deadline, answer.text

                await answers("/readyz", 503, "the model is out", "the store is out")
                assert (await client.get("/")).status_code == 200
                bento.ready_status = 200
                with dynamodb_local.run(port=port):
                    # Installations start the gateway and make its table at the same time.
                    await answers("/readyz", 503, "the table comments does not exist in us-east-1")
                    table.create(aws.connect(), "comments")
                    await answers("/readyz", 200)
                    assert gateway.samples()[("valence_gateway_ready",)] == 1
                bento.ready_status = 503
                await answers("/healthz", 503, "the model is out", "the store is out")
                assert (await client.get("/readyz")).status_code == 200
                assert gateway.samples()[("valence_gateway_ready",)] == 1
