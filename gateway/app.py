"""The HTTP face of the gateway: routes, what they read, what they answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Annotated, TypedDict

import msgspec
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway import openapi, problems
from gateway.classifier import Classifier
from gateway.comments import Comments
from gateway.problems import Problem, Unavailable
from gateway.records import PAGE_MAX_RECORDS, NewComment
from gateway.settings import Settings
from gateway.store import Store

BODY_MAX_BYTES = 64 * 1024
PAGE = Path(__file__).with_name("page")
SWAGGER_UI = Path(str(files("swagger_ui"))) / "static"

# The page, its scripts and styles come from here and nowhere else.
SECURITY_HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]


class ListQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The query of `GET /comments`."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX_RECORDS)] = 20
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class State(TypedDict):
    """What requests find in `request.state`."""

    comments: Comments


_new_comment = msgspec.json.Decoder(NewComment)
_openapi = msgspec.json.encode(openapi.document())


def create_app(settings: Settings, store: Store) -> Starlette:
    """The ASGI application; it closes the store when it shuts down."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with Classifier(
            settings.bento_url, attempt_seconds=settings.attempt_seconds
        ) as classifier:
            comments = Comments(classifier, store, request_seconds=settings.request_seconds)
            yield {"comments": comments}
            await comments.drain()
        await store.close()

    app = Starlette(
        routes=[
            Route("/comments", CommentCollection),
            Route("/comments/{comment_id:uuid}", get_comment),
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/openapi.json", openapi_json),
            Route("/docs", docs),
            Route("/", index),
            Mount("/static/swagger-ui", StaticFiles(directory=SWAGGER_UI)),
            Mount("/static", StaticFiles(directory=PAGE)),
        ],
        exception_handlers={
            Problem: problems.on_problem,
            HTTPException: problems.on_http_exception,
            ClientDisconnect: on_disconnect,
            Exception: problems.on_crash,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


class CommentCollection(HTTPEndpoint):
    """One route for both methods: `Allow` then names both."""

    async def post(self, request: Request) -> Response:
        comments: Comments = request.state.comments
        record = await comments.submit((await _read_new_comment(request)).comment)
        location = {"Location": f"/comments/{record.comment_id}"}
        return _json(record, HTTPStatus.CREATED, location)

    async def get(self, request: Request) -> Response:
        comments: Comments = request.state.comments
        try:
            query = msgspec.convert(dict(request.query_params), ListQuery, strict=False)
        except msgspec.ValidationError as error:
            raise problems.from_validation(error) from None
        return _json(await comments.page(query.limit, query.cursor))


async def get_comment(request: Request) -> Response:
    comments: Comments = request.state.comments
    return _json(await comments.get(str(request.path_params["comment_id"])))


async def livez(_: Request) -> Response:
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    comments: Comments = request.state.comments
    if missing := await comments.not_ready():
        raise Unavailable(missing)
    return PlainTextResponse("ok")


async def openapi_json(_: Request) -> Response:
    return Response(_openapi, media_type="application/json")


async def docs(_: Request) -> Response:
    return FileResponse(PAGE / "docs.html")


async def index(_: Request) -> Response:
    return FileResponse(PAGE / "index.html")


async def on_disconnect(_: Request, __: Exception) -> Response:
    return Problem(HTTPStatus.BAD_REQUEST, "the request was not sent whole").response()


def _json(
    body: msgspec.Struct, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")


async def _read_new_comment(request: Request) -> NewComment:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "must be application/json", field="Content-Type"
        )
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"must have at most {BODY_MAX_BYTES:,} bytes",
                field="body",
            )
    try:
        return _new_comment.decode(body)
    except msgspec.ValidationError as error:
        raise problems.from_validation(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"is not valid JSON: {error}", field="body") from None
