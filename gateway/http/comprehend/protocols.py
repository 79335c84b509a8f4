"""The two protocols of Amazon Comprehend's clients.

AWS JSON 1.1 (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html), and Smithy RPC v2
CBOR (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html), which Comprehend takes,
too. A client chooses: botocore 1.44 knows both, and prefers JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import cbor2
import msgspec

import json_body
from gateway.http.rsgi import Headers, Scope

__all__ = ["OPERATIONS", "PATH", "Protocol", "Request", "find"]

SERVICE = "Comprehend_20171127"
PATH = f"/service/{SERVICE}/operation/"
OPERATIONS = frozenset({"BatchDetectSentiment", "DetectSentiment"})


class Protocol(NamedTuple):
    """How requests and answers are written."""

    media_type: str
    headers: tuple[tuple[str, str], ...]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    """Raises an exception for a body that cannot be read."""


class Request(NamedTuple):
    """A call of an operation."""

    protocol: Protocol
    operation: str


def _encode_cbor(value: Any) -> bytes:
    return cbor2.dumps(value)


class _NoTags(Mapping[int, NoReturn]):
    """Refuses every tag. No shape of the API has one, and what tags stand for has no bound: a few
    bytes can be a number of 2 ** 63 digits, and a text a regular expression to be compiled."""

    def __getitem__(self, tag: int) -> NoReturn:
        raise ValueError(f"tag {tag}")

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _decode_cbor(body: bytes) -> Any:
    return cbor2.loads(
        body,
        semantic_decoders=_NoTags(),
        max_depth=8,
        allow_duplicate_keys=False,
        # Numbers as keys can be chosen so that they collide in a hash table.
        strict_hashable_types=True,
    )


def _decode_json(body: bytes) -> Any:
    asked = msgspec.json.decode(body)
    json_body.refuse_repeated_names(body)
    return asked


CBOR = Protocol(
    "application/cbor", (("smithy-protocol", "rpc-v2-cbor"),), _encode_cbor, _decode_cbor
)
JSON = Protocol("application/x-amz-json-1.1", (), msgspec.json.encode, _decode_json)


def find(scope: Scope, headers: Headers) -> Request | None:
    """The call of Comprehend that a request is; None if it is none."""
    if scope.method != "POST":
        return None
    if scope.path.startswith(PATH):
        return Request(CBOR, scope.path.removeprefix(PATH))
    service, _, operation = headers.get("x-amz-target", "").partition(".")
    return Request(JSON, operation) if scope.path == "/" and service == SERVICE else None
