"""Starts each program as its users start it, on free ports of loopback."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loadtest.errors import LoadTestError
from loadtest.servers import dynamodb_local, environment, otlp
from loadtest.servers.naive import fit
from loadtest.servers.server import Server, started
from processes import free_port, module

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]
TABLE = "comments"
PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Running:
    """A pipeline or a model server that is ready."""

    url: str
    """Where requests are posted."""
    servers: list[Server]


@contextlib.contextmanager
def naive() -> Iterator[Running]:
    """Run the frozen baseline with DynamoDB Local."""
    fit.ensure()
    with contextlib.ExitStack() as stack:
        aws = stack.enter_context(dynamodb())
        model_port, port = free_port(), free_port()
        model = started(
            "model",
            module("uvicorn", "loadtest.servers.naive.model:app", "--port", str(model_port)),
            f"http://{HOST}:{model_port}/readyz",
        )
        servers = [stack.enter_context(model)]
        gateway = started(
            "gateway",
            module("uvicorn", "loadtest.servers.naive.gateway:app", "--port", str(port)),
            f"http://{HOST}:{port}/readyz",
            environment={**aws, "MICROSERVICE_URL": f"http://{HOST}:{model_port}/sentiment"},
        )
        servers.append(stack.enter_context(gateway))
        yield Running(f"http://{HOST}:{port}/comments", servers)


@contextlib.contextmanager
def bento(**settings: str) -> Iterator[tuple[str, Server]]:
    """Run our model service alone; yields its base URL and its server."""
    port, metrics_port = free_port(), free_port()
    url = f"http://{HOST}:{port}"
    environment = {"BENTO_PORT": str(port), "BENTO_METRICS_PORT": str(metrics_port), **settings}
    with started("bento", module("bento"), f"{url}/readyz", environment=environment) as server:
        yield url, server


@contextlib.contextmanager
def valence(store: str, traced: bool = False, /, **settings: str) -> Iterator[Running]:
    """Run Valence with the store `sqlite` or `dynamodb` (Local); settings are the gateway's.

    With traces, one comment in a hundred has one.
    """
    with contextlib.ExitStack() as stack:
        traces = stack.enter_context(otlp.receiver(HOST)) if traced else {}
        if store == "sqlite":
            # Not in memory: the cost of syncing to disk is part of the store's cost.
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=".data"))
            chosen = {"GATEWAY_STORE": "sqlite", "GATEWAY_SQLITE_PATH": f"{folder}/comments.db"}
        else:
            chosen = {"GATEWAY_STORE": "dynamodb", **stack.enter_context(dynamodb())}
        bento_url, model = stack.enter_context(bento(**traces))
        port, metrics_port = free_port(), free_port()
        gateway = started(
            "gateway",
            module("gateway"),
            f"http://{HOST}:{port}/readyz",
            environment={
                "GATEWAY_PORT": str(port),
                "GATEWAY_METRICS_PORT": str(metrics_port),
                "MICROSERVICE_URL": bento_url,
                **chosen,
                **traces,
                **settings,
            },
        )
        yield Running(f"http://{HOST}:{port}/comments", [model, stack.enter_context(gateway)])


@contextlib.contextmanager
def dynamodb() -> Iterator[dict[str, str]]:
    """Run DynamoDB Local with the table `comments`; yields the environment that clients need.

    It keeps the table in memory: it stands for a service elsewhere, so it should use as little of
    this machine as it can.
    """
    with dynamodb_local.run() as url:
        settings = {
            "AWS_ENDPOINT_URL_DYNAMODB": url,
            "DYNAMODB_TABLE_NAME": TABLE,
            **dynamodb_local.CREDENTIALS,
        }
        # The gateway creates the table for both pipelines, so that both write into the same one.
        creation = subprocess.run(  # noqa: S603 - our own command
            module("gateway", "--create-table"),
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if creation.returncode:
            raise LoadTestError(f"no table: {creation.stderr.strip()}")
        yield settings


@contextlib.contextmanager
def peer(
    name: str, command: Callable[[Path, int], list[str]], path: str, ready: str
) -> Iterator[Running]:
    """Run the model server of `servers/peers/{name}` from a virtual environment of its own.

    `command` makes its command line from the folder of its programs and the port.
    """
    fit.ensure()
    programs = environment.ensure(name, PEERS / name / "requirements.txt")
    port, spare = free_port(), [free_port(), free_port()]
    with started(
        name,
        command(programs, port),
        f"http://{HOST}:{port}{ready}",
        environment={
            "PYTHONPATH": str(ROOT),
            "BENTOML_HOME": str(Path(".data/peers/bentoml-home").resolve()),
            "BENTOML_DO_NOT_TRACK": "true",
            "MLSERVER_HOST": HOST,
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(spare[0]),
            "MLSERVER_METRICS_PORT": str(spare[1]),
        },
    ) as server:
        yield Running(f"http://{HOST}:{port}{path}", [server])
