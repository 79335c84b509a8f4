"""The gateway's ASGI application: the hot route, and all others on Litestar."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

from litestar import Litestar, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.types import HTTPScope, Receive, Send

from gateway.comments import Comments
from gateway.http import openapi, pages, probes, query, records
from gateway.http.middleware import HTTPApp, Observed
from gateway.http.problems import on_error
from gateway.http.records import COLLECTION
from gateway.http.submission import Submission, post_comment
from gateway.http.tokens import Tokens

HANDLERS = (
    post_comment,
    records.list_comments,
    records.get_comment,
    records.delete_comment,
    probes.livez,
    probes.readyz,
)

# On every answer. The page loads its scripts and styles from the gateway only.
HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    # Files have an ETag: another request is cheap, and a page is never half an old one.
    ("Cache-Control", "no-cache"),
    ("Referrer-Policy", "no-referrer"),
]


def create_app(
    comments: Comments, tokens: Tokens, is_draining: Callable[[], bool] = lambda: False
) -> HTTPApp:
    """The application, without a lifespan: whoever serves it opens and closes its parts.

    Args:
        comments: the service.
        tokens: who may do what.
        is_draining: whether the process is about to end. `/readyz` fails then, and connections
            are closed after their answer.
    """
    submission = Submission(comments, tokens)
    dependencies = {"comments": lambda: comments, "is_draining": lambda: is_draining}
    litestar = Litestar(
        [*HANDLERS, openapi_json, pages.asset],
        dependencies={
            name: Provide(provide, sync_to_thread=False) for name, provide in dependencies.items()
        },
        guards=[query.only_known_parameters],
        exception_handlers={Exception: on_error, HTTPStatus.INTERNAL_SERVER_ERROR: on_error},
        state=State({"tokens": tokens}),
        openapi_config=None,
        logging_config=None,
    )

    async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == COLLECTION and scope["method"] == "POST":
            await submission(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope["method"] = "GET"  # the server drops the body of the answer
        if "//" in path or (path.endswith("/") and path != "/"):
            scope["path"] = "/not-found"  # Litestar ignores the surplus slashes
        await litestar(scope, receive, send)

    return Observed(app, is_draining=is_draining)


@cache
def describe() -> bytes:
    """The OpenAPI document, as JSON."""
    return openapi.describe(HANDLERS, dependencies={"comments", "is_draining"})


@get("/openapi.json", include_in_schema=False, media_type=MediaType.JSON)
async def openapi_json() -> bytes:
    return describe()
