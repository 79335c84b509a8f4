"""The gateway's RSGI application: the hot route, and all others on Litestar."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

import msgspec
from litestar import Litestar, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import MediaType

from gateway import metrics
from gateway.comments import Comments
from gateway.health.readiness import Readiness
from gateway.http import asgi, query
from gateway.http.access.cors import CORS
from gateway.http.access.tokens import Role, Tokens
from gateway.http.bodies import Bodies
from gateway.http.comprehend import protocols as comprehend
from gateway.http.comprehend.application import Comprehend
from gateway.http.exchange import Exchange
from gateway.http.heads import HeadCheck
from gateway.http.openapi import document
from gateway.http.problems import from_error, on_error
from gateway.http.routes import batch, corrections, export, pages, probes, records, statistics
from gateway.http.routes.batch import BatchSubmission, post_comments
from gateway.http.routes.export import Export, export_comments
from gateway.http.routes.records import COLLECTION
from gateway.http.routes.submission import Submission, post_comment
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.http.shedding import Shedding
from gateway.ledger.service import Ledger
from gateway.settings import Settings
from problem_details import Problem

HANDLERS = (
    post_comment,
    post_comments,
    export_comments,
    records.list_comments,
    records.get_comment,
    records.delete_comment,
    corrections.correct_comment,
    corrections.remove_correction,
    statistics.get_statistics,
    probes.livez,
    probes.readyz,
    probes.healthz,
)

DEPENDENCIES = {"comments", "ledger", "readiness", "is_draining"}


class Application:
    """The gateway's RSGI application. It does not open or close its parts."""

    def __init__(
        self,
        comments: Comments,
        ledger: Ledger,
        readiness: Readiness,
        tokens: Tokens,
        settings: Settings,
    ) -> None:
        self.is_draining = False
        """Whether the process is about to end. `/readyz` fails then, and connections are closed
        after their answer."""
        self._requests = 0
        self._tokens = tokens
        self._heads = HeadCheck(settings, tokens)
        shedding = Shedding(comments.find_refusal)
        seconds = settings.gateway_request_seconds
        self._submission = Submission(comments, tokens, shedding, settings)
        self._batch = BatchSubmission(comments, tokens, shedding, settings)
        self._comprehend = Comprehend(comments, tokens, shedding, seconds)
        self._export = Export(ledger, tokens)
        self._bodies = Bodies(seconds, corrections.BODY_MAX_BYTES)
        self._cors = CORS(settings.cors_origins)
        dependencies: dict[str, Callable[[], object]] = {
            "comments": lambda: comments,
            "ledger": lambda: ledger,
            "readiness": lambda: readiness,
            "is_draining": lambda: lambda: self.is_draining,
        }
        assert dependencies.keys() == DEPENDENCIES  # noqa: S101
        metrics.READY.set_function(lambda: readiness.has_started and not self.is_draining)
        self._litestar = Litestar(
            [*HANDLERS, openapi_json, pages.asset],
            dependencies={
                name: Provide(provide, sync_to_thread=False)
                for name, provide in dependencies.items()
            },
            guards=[query.only_known_parameters],
            exception_handlers={Exception: on_error, HTTPStatus.INTERNAL_SERVER_ERROR: on_error},
            state=State({"tokens": tokens, "hsts_seconds": settings.gateway_hsts_seconds}),
            openapi_config=None,
            logging_config=None,
        )

    def start_draining(self) -> None:
        """Announce the end of the process to clients and probes."""
        self.is_draining = True

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress."""
        return not self._requests

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        self._requests += 1
        try:
            await self._respond(scope, protocol)
        finally:
            self._requests -= 1

    async def _respond(self, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange = Exchange(scope, protocol, lambda: self.is_draining, self._cors)
        path = scope.path
        if (preflight := self._cors.preflight(scope.method, exchange.headers)) is not None:
            exchange.answer(HTTPStatus.NO_CONTENT, preflight, b"")
        elif problem := self._heads.find_problem(scope, exchange.headers):
            exchange.refuse(problem, close=True)
        elif path == COLLECTION and scope.method == "POST":
            await self._submission(exchange, scope, protocol)
        elif call := comprehend.find(scope, exchange.headers):
            await self._comprehend(exchange, protocol, call)
        elif path.startswith(comprehend.PATH):
            allowed = {"allow": "OPTIONS, POST"}
            if scope.method == "OPTIONS":
                exchange.answer(HTTPStatus.NO_CONTENT, [*allowed.items()], b"")
            else:
                status = HTTPStatus.METHOD_NOT_ALLOWED
                exchange.refuse(Problem(status, status.phrase, headers=allowed))
        elif path == batch.PATH and scope.method == "POST":
            await self._batch(exchange, scope, protocol)
        elif path == export.PATH and scope.method in {"GET", "HEAD"}:
            await self._export(exchange, scope)
        elif "//" in path or (path.endswith("/") and path != "/"):
            # Litestar would ignore the surplus slashes.
            exchange.refuse(Problem(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.phrase))
        elif scope.method == "PUT" and corrections.takes_body(path):
            await self._correct(exchange, scope, protocol)
        else:
            await asgi.respond(self._litestar, exchange, scope)

    async def _correct(self, exchange: Exchange, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange.route = corrections.ROUTE
        body = None
        try:
            # As the route's own guard, but before the body is received.
            header = exchange.headers.get("authorization")
            self._tokens.require(header, Role.CORRECT, "correctComment", requests=0)
            body = await self._bodies.read(exchange, protocol)
            correction = corrections.decode(body)
        except Exception as error:
            problem = from_error(error)
            can_continue = body is not None or await self._bodies.discard(exchange, protocol)
            exchange.refuse(problem, close=not can_continue)
            return
        await asgi.respond(self._litestar, exchange, scope, msgspec.json.encode(correction))


@cache
def describe() -> bytes:
    """The OpenAPI document, as JSON."""
    return document.describe(HANDLERS, dependencies=DEPENDENCIES)


@get("/openapi.json", include_in_schema=False, media_type=MediaType.JSON)
async def openapi_json() -> bytes:
    return describe()
