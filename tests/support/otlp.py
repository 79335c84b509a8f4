"""A receiver of OpenTelemetry's traces: OTLP over HTTP, with protobuf."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from opentelemetry.proto.trace.v1.trace_pb2 import Status

SECONDS = 20.0


@dataclass(frozen=True)
class Event:
    """Something that happened during a span."""

    name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """A span as it arrived, with ids in hexadecimal digits."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    start: int
    end: int
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    events: list[Event]
    links: set[str]
    """The spans that it links to."""
    failed: bool
    tracestate: str = ""
    status_message: str = field(default="", repr=False)


class Receiver:
    """What has arrived so far."""

    url: str

    def __init__(self) -> None:
        self.requests = 0
        self.bodies: list[bytes] = []
        """All that was sent, for searches."""
        self._spans: list[Span] = []
        self._changed = threading.Condition()
        self.open = threading.Event()
        """While it is not set, requests get no answer."""
        self.open.set()
        self.status = 200
        """Of its answers; with another one nothing is kept."""

    def wait_for(self, number: int = 1, seconds: float = SECONDS, **wanted: str) -> list[Span]:
        """All spans whose fields have these values, once there are so many."""

        def found() -> list[Span]:
            return [
                span
                for span in self._spans
                if all(getattr(span, name) == value for name, value in wanted.items())
            ]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= number, seconds):
                present = sorted({f"{span.service}: {span.name}" for span in self._spans})
                raise AssertionError(f"{len(found())} spans of {wanted}; there are {present}")
            return found()

    def spans(self) -> list[Span]:
        """All that have arrived."""
        with self._changed:
            return [*self._spans]

    def receive(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._changed:
            self.requests += 1
            self.bodies.append(body)
            for of_resource in request.resource_spans:
                resource = _mapping(of_resource.resource.attributes)
                for of_scope in of_resource.scope_spans:
                    self._spans += [_span(resource, sent) for sent in of_scope.spans]
            self._changed.notify_all()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one on a free port of loopback."""
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            received.open.wait()
            right = (
                self.path == "/v1/traces"
                and self.headers["content-type"] == "application/x-protobuf"
            )
            if right and received.status == 200:
                received.receive(body)
            self.send_response(received.status if right else 415)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        received.open.set()
        server.shutdown()
        server.server_close()


def _span(resource: Mapping[str, Any], sent: Sent) -> Span:
    return Span(
        service=resource["service.name"],
        name=sent.name,
        kind=Sent.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=sent.trace_id.hex(),
        span_id=sent.span_id.hex(),
        parent_id=sent.parent_span_id.hex(),
        start=sent.start_time_unix_nano,
        end=sent.end_time_unix_nano,
        attributes=_mapping(sent.attributes),
        resource=resource,
        events=[Event(event.name, _mapping(event.attributes)) for event in sent.events],
        links={link.span_id.hex() for link in sent.links},
        failed=sent.status.code == Status.STATUS_CODE_ERROR,
        tracestate=sent.trace_state,
        status_message=sent.status.message,
    )


def _mapping(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
