"""The contenders of the comparison, and the requests that each gets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from loadtest.harness.wrk import COMMENT, KEYED_COMMENT, TEXT, Body
from loadtest.servers import environment
from loadtest.servers.launch import HOST, PEERS, Running, naive, peer, valence


@dataclass(frozen=True)
class Contender:
    """One line of the comparison."""

    name: str
    title: str
    body: Body
    start: Callable[[], contextlib.AbstractContextManager[Running]]
    durable: bool
    """Whether it stores what it answers."""
    path: str = ""
    """Appended to the URL of what is started."""


def _valence(store: str, title: str, body: Body) -> Contender:
    name, suffix = (f"{store}-keys", ", keys") if body.key else (store, "")
    return Contender(name, f"Valence, {title}{suffix}", body, partial(valence, store), durable=True)


def _batches(texts: int) -> Contender:
    body = Body('{"comments":[{"comment":"', '"}]}', between='"},{"comment":"', texts=texts)
    title = f"Valence, SQLite, {texts} comments a request"
    start = partial(valence, "sqlite")
    return Contender("sqlite-batches", title, body, start, durable=True, path="/batch")


def _traced() -> Contender:
    start = partial(valence, "sqlite", True)
    return Contender(
        "sqlite-traced", "Valence, SQLite, traces of 1 %", COMMENT, start, durable=True
    )


def _python(name: str, *arguments: str) -> Callable[[Path, int], list[str]]:
    service = f"loadtest.servers.peers.{name}.service"
    return lambda programs, port: [
        str(programs / "python"),
        *("-m", service),
        *(argument.format(port=port) for argument in arguments),
    ]


def _bentoml(service: str) -> Callable[[Path, int], list[str]]:
    return lambda programs, port: [
        str(programs / "bentoml"),
        *("serve", f"loadtest.servers.peers.bentoml.service:{service}"),
        *("--host", HOST, "--port", str(port)),
    ]


def _mlserver(programs: Path, _: int) -> list[str]:
    return [str(programs / "mlserver"), "start", str(PEERS / "mlserver")]


def _peer(
    name: str,
    title: str,
    package: str,
    body: Body,
    command: Callable[[Path, int], list[str]],
    path: str,
    ready: str,
) -> Contender:
    start = partial(peer, package, command, path, ready)
    return Contender(
        name,
        title.format(environment.version(package, PEERS / package / "requirements.txt")),
        body,
        start,
        durable=False,
    )


# KServe's V1 and V2 protocols.
_V1 = Body('{"instances":["', '"]}')
_V2 = Body('{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["', '"]}]}')

CONTENDERS = (
    Contender("naive", "naive, DynamoDB Local", COMMENT, naive, durable=True),
    _valence("sqlite", "SQLite", COMMENT),
    _valence("sqlite", "SQLite", KEYED_COMMENT),
    _batches(25),
    _traced(),
    _valence("dynamodb", "DynamoDB Local", COMMENT),
    _valence("dynamodb", "DynamoDB Local", KEYED_COMMENT),
    _peer(
        "bentoml", "BentoML {}, as documented", "bentoml", TEXT,
        _bentoml("AsDocumented"), "/sentiment", "/readyz",
    ),
    _peer(
        "bentoml-batching", "BentoML {}, batching", "bentoml", Body('{"texts":["', '"]}'),
        _bentoml("Batching"), "/sentiment", "/readyz",
    ),
    _peer(
        "mlserver", "MLServer {}, batching", "mlserver", _V2,
        _mlserver, "/v2/models/sentiment/infer", "/v2/models/sentiment/ready",
    ),
    _peer(
        "kserve", "KServe {}, 1 worker", "kserve", _V1,
        _python("kserve", "--http_port={port}", "--enable_grpc=false"),
        "/v1/models/sentiment:predict", "/v2/models/sentiment/ready",
    ),
    _peer(
        "kserve-workers", "KServe {}, 2 workers", "kserve", _V1,
        _python("kserve", "--http_port={port}", "--enable_grpc=false", "--workers=2"),
        "/v1/models/sentiment:predict", "/v2/models/sentiment/ready",
    ),
    _peer(
        "litserve", "LitServe {}, batching", "litserve", TEXT,
        _python("litserve", "--port={port}"), "/predict", "/health",
    ),
)  # fmt: skip
