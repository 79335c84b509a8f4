"""The web page, the API's documentation, and their files, all held in memory."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

PAGE = Path(__file__).with_name("page")
SWAGGER_UI = files("swagger_ui") / "static"
SWAGGER_UI_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")


class Asset(NamedTuple):
    """A file as it is served."""

    content: bytes
    media_type: str
    etag: str

    @classmethod
    def read(cls, file: Traversable) -> Asset:
        content = file.read_bytes()
        media_type, _ = mimetypes.guess_type(file.name)
        assert media_type, file.name  # noqa: S101 - the files are ours
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        return cls(content, media_type, etag)


def _assets() -> Iterator[tuple[str, Asset]]:
    yield "/", Asset.read(PAGE / "index.html")
    yield "/docs", Asset.read(PAGE / "docs.html")
    for file in PAGE.iterdir():
        yield f"/static/{file.name}", Asset.read(file)
    for name in SWAGGER_UI_FILES:
        yield f"/static/swagger-ui/{name}", Asset.read(SWAGGER_UI / name)


ASSETS = dict(_assets())


@get(["/", "/docs", "/static/{name:path}"], include_in_schema=False)
async def asset(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The file, or 304 if the client has it."""
    path = request.scope["path"]
    if path not in ASSETS:
        raise NotFoundException
    content, media_type, etag = ASSETS[path]
    headers = {"ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
