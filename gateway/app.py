"""The HTTP face of the gateway: routes, what they read, what they answer."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Annotated, TypedDict, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway import openapi, problems
from gateway.classifier import Classifier
from gateway.comments import Comments
from gateway.disconnect import WhileConnected
from gateway.middleware import Observed
from gateway.problems import Problem, Unavailable
from gateway.records import KEY_MAX_CHARACTERS, KEY_PATTERN, PAGE_MAX_RECORDS, NewComment
from gateway.settings import Settings
from gateway.store import Store
from gateway.tokens import Caller, Role, Tokens

BODY_MAX_BYTES = 64 * 1024
PAGE = Path(__file__).with_name("page")
SWAGGER_UI = Path(str(files("swagger_ui"))) / "static"

Query = TypeVar("Query", bound=msgspec.Struct)

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


class ListQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The query of `GET /comments`."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX_RECORDS)] = 20
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class RecordQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The query of what answers with one record."""

    explain: bool = False


class State(TypedDict):
    """What requests find in `request.state`."""

    comments: Comments
    tokens: Tokens
    draining: Callable[[], bool]
    body_seconds: float


_key = re.compile(KEY_PATTERN)
_surrogate = re.compile(rb"\\u[dD][89a-fA-F]")
_new_comment = msgspec.json.Decoder(NewComment)
_openapi = msgspec.json.encode(openapi.document())


def create_app(
    settings: Settings,
    store: Store,
    tokens: Tokens,
    draining: Callable[[], bool] = lambda: False,
) -> Starlette:
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
                "body_seconds": settings.request_seconds,
            }
            await comments.drain()
        await store.close()

    app = Starlette(
        routes=[
            Route("/comments", CommentCollection),
            Route("/comments/{comment_id:uuid}", CommentResource),
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/openapi.json", openapi_json),
            Route("/docs", docs),
            Route("/", index),
            Mount("/static/swagger-ui", StaticFiles(directory=SWAGGER_UI)),
            Mount("/static", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(Observed, draining=draining)],
        exception_handlers={
            Problem: problems.on_problem,
            HTTPException: problems.on_http_exception,
            ClientDisconnect: problems.on_disconnect,
            Exception: problems.on_crash,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


class CommentCollection(HTTPEndpoint):
    """`/comments`: one route for both methods, so that `Allow` names both."""

    async def post(self, request: Request) -> Response:
        caller = _require(request, Role.SUBMIT)
        key = _idempotency_key(request)
        query = _query(request, RecordQuery)
        comment = (await _read_new_comment(request)).comment
        async with WhileConnected(request):
            record, new = await _comments(request).submit(comment, caller=caller.name, key=key)
            if query.explain:
                record = await _comments(request).explain(record)
        return _json(
            record,
            HTTPStatus.CREATED if new else HTTPStatus.OK,
            {"Location": f"/comments/{record.comment_id}", "X-Model": record.model},
        )

    async def get(self, request: Request) -> Response:
        _require(request, Role.READ)
        query = _query(request, ListQuery)
        return _json(await _comments(request).page(query.limit, query.cursor))


class CommentResource(HTTPEndpoint):
    """`/comments/{comment_id}`."""

    async def get(self, request: Request) -> Response:
        _require(request, Role.READ)
        query = _query(request, RecordQuery)
        record = await _comments(request).get(str(request.path_params["comment_id"]))
        if query.explain:
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


def _query(request: Request, known: type[Query]) -> Query:
    if not request.scope["query_string"]:
        return known()
    for name in request.query_params:
        if len(request.query_params.getlist(name)) > 1:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "comes more than once", field=name[:100])
    try:
        return msgspec.convert(dict(request.query_params), known, strict=False)
    except msgspec.ValidationError as error:
        raise problems.from_validation(error, query=True) from None


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (len(key) <= KEY_MAX_CHARACTERS and _key.fullmatch(key)):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"must have 1 to {KEY_MAX_CHARACTERS} printable ASCII characters",
            field="Idempotency-Key",
        )
    return key


async def _read_new_comment(request: Request) -> NewComment:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "must be application/json", field="Content-Type"
        )
    seconds: float = request.state.body_seconds
    try:
        async with asyncio.timeout(seconds):
            body = await _read_body(request)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            f"did not come within {seconds:g} s",
            field="body",
            headers={"Connection": "close"},
        ) from None
    try:
        return _new_comment.decode(body)
    except msgspec.ValidationError as error:
        raise problems.from_validation(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Half a surrogate pair at the end of a string is "truncated" to msgspec.
        hint = " (are \\ud800 to \\udfff paired?)" if _surrogate.search(body) else ""
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"is not valid JSON: {error}{hint}", field="body"
        ) from None


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"must have at most {BODY_MAX_BYTES:,} bytes",
                field="body",
            )
    return bytes(body)
