"""The HTTP face of the gateway: routes, what they read, what they answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, TypedDict

import msgspec
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from gateway.comments import Comments
from gateway.http import openapi, problems, query, submission
from gateway.http.middleware import Observed
from gateway.http.problems import Problem, Unavailable
from gateway.http.query import ListQuery, RecordQuery
from gateway.http.tokens import Caller, Role, Tokens
from gateway.model.client import Classifier
from gateway.settings import Settings
from gateway.stores.base import Store

PAGE = Path(__file__).with_name("page")
SWAGGER_UI = Path(str(files("swagger_ui"))) / "static"

# On every answer. The page, its scripts and styles come from here and nowhere else.
HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    # Files have an ETag: asked for again they cost little, and an upgrade is never half seen.
    ("Cache-Control", "no-cache"),
    ("Referrer-Policy", "no-referrer"),
]


class State(TypedDict):
    """What requests find in `request.state`."""

    comments: Comments
    tokens: Tokens
    draining: Callable[[], bool]


_openapi = msgspec.json.encode(openapi.document())


class App(Starlette):
    """Routed by Starlette, but for the hot route: its middleware and its router would take as long
    as all that is done for a comment."""

    def __init__(self, *, draining: Callable[[], bool], **about: Any) -> None:
        super().__init__(middleware=[Middleware(Observed, draining=draining)], **about)
        self._hot = Observed(submission.hot, draining=draining)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"] == CommentCollection.path
        ):
            scope["endpoint"] = CommentCollection
            await self._hot(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    store: Store,
    tokens: Tokens,
    draining: Callable[[], bool] = lambda: False,
) -> App:
    """The ASGI application; it closes the store when it shuts down.

    Args:
        settings: of the gateway.
        store: where records go.
        tokens: who may do what.
        draining: whether the process is about to end: `/readyz` says no then, and connections
            are closed after their answer.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        classifier = Classifier(settings.bento_url, attempt_seconds=settings.attempt_seconds)
        comments = Comments(classifier, store, settings)
        async with classifier:
            yield {
                "comments": comments,
                "tokens": tokens,
                "draining": draining,
            }
            await comments.drain()
        await store.close()

    app = App(
        draining=draining,
        routes=[
            Route(CommentCollection.path, CommentCollection),
            Route("/comments/{comment_id:uuid}", CommentResource),
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/openapi.json", openapi_json),
            Route("/docs", docs),
            Route("/", index),
            Mount("/static/swagger-ui", StaticFiles(directory=SWAGGER_UI)),
            Mount("/static", StaticFiles(directory=PAGE)),
        ],
        exception_handlers=dict.fromkeys(
            (Problem, HTTPException, ClientDisconnect, Exception), problems.on_error
        ),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


class CommentCollection(HTTPEndpoint):
    """One route for both methods, so that `Allow` names both."""

    path = "/comments"

    async def post(self, request: Request) -> Response:
        return await submission.submit(request)

    async def get(self, request: Request) -> Response:
        _require(request, Role.READ)
        wanted = query.read(request.scope, ListQuery)
        return _json(await _comments(request).page(wanted.limit, wanted.cursor))


class CommentResource(HTTPEndpoint):
    """`/comments/{comment_id}`."""

    async def get(self, request: Request) -> Response:
        _require(request, Role.READ)
        explain = query.read(request.scope, RecordQuery).explain
        record = await _comments(request).get(str(request.path_params["comment_id"]))
        if explain:
            record = await _comments(request).explain(record)
        return _json(record, headers={"X-Model": record.model})

    async def delete(self, request: Request) -> Response:
        _require(request, Role.ADMIN)
        await _comments(request).delete(str(request.path_params["comment_id"]))
        return Response(status_code=HTTPStatus.NO_CONTENT)


async def livez(_: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    if request.state.draining():
        raise Unavailable("the gateway is about to end")
    if missing := await _comments(request).not_ready():
        raise Unavailable(missing)
    return PlainTextResponse("ok")


async def openapi_json(_: Request) -> Response:
    return Response(_openapi, media_type="application/json")


async def docs(_: Request) -> Response:
    return FileResponse(PAGE / "docs.html")


async def index(_: Request) -> Response:
    return FileResponse(PAGE / "index.html")


def _comments(request: Request) -> Comments:
    comments: Comments = request.state.comments
    return comments


def _require(request: Request, role: Role) -> Caller:
    tokens: Tokens = request.state.tokens
    return tokens.require(request.headers.get("authorization"), role)


def _json(
    body: msgspec.Struct, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")
