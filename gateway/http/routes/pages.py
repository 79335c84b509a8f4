"""The web page, the API's documentation, and their files. Small ones are held in memory."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from gateway.http.query import ANY_PARAMETERS

PAGE = Path(__file__).parents[1] / "page"
SWAGGER_UI = files("swagger_ui") / "static"
SWAGGER_UI_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")
# Other origins' windows have no hold on the page, and it asks for nothing of the device.
PAGE_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(),"
    " payment=(), usb=()",
}


class Asset(NamedTuple):
    """A file as it is served."""

    content: bytes
    media_type: str
    etag: str
    path: str | None = None
    """Of a large file, whose content is not held here."""
    size: int = 0

    @classmethod
    def read(cls, file: Traversable, *, is_large: bool = False) -> Asset:
        content = file.read_bytes()
        media_type, _ = mimetypes.guess_type(file.name)
        assert media_type, file.name  # noqa: S101 - the files are ours
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if is_large:
            return cls(b"", media_type, etag, str(file), len(content))
        return cls(content, media_type, etag)


class FileResponse(ASGIResponse):
    """Has the server read the file piece by piece: an answer that a client does not read would
    take its whole size in memory. The message is ASGI's extension Path Send."""

    def __init__(self, path: str, size: int, **options: Any) -> None:
        super().__init__(content_length=size, **options)
        self._path = path

    async def send_body(self, send: Send, receive: Receive) -> None:  # noqa: ARG002
        await send({"type": "http.response.pathsend", "path": self._path})  # type: ignore[arg-type]


def _assets() -> Iterator[tuple[str, Asset]]:
    yield "/", Asset.read(PAGE / "index.html")
    yield "/docs", Asset.read(PAGE / "docs.html")
    for file in PAGE.iterdir():
        yield f"/static/{file.name}", Asset.read(file)
    for name in SWAGGER_UI_FILES:
        yield f"/static/swagger-ui/{name}", Asset.read(SWAGGER_UI / name, is_large=True)


ASSETS = dict(_assets())


# Links from elsewhere may carry parameters for statistics.
@get(["/", "/docs", "/static/{name:path}"], include_in_schema=False, opt={ANY_PARAMETERS: True})
async def asset(request: Request[Any, Any, Any]) -> ASGIResponse:
    """The file, or 304 if the client has it."""
    path = request.scope["path"]
    if path not in ASSETS:
        raise NotFoundException
    file = ASSETS[path]
    headers = {"ETag": file.etag}
    if file.media_type == "text/html":
        headers |= PAGE_HEADERS
        if seconds := request.app.state.hsts_seconds:
            headers["Strict-Transport-Security"] = f"max-age={seconds}"
    if request.headers.get("if-none-match") == file.etag:
        return ASGIResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if file.path:
        return FileResponse(file.path, file.size, media_type=file.media_type, headers=headers)
    return ASGIResponse(body=file.content, media_type=file.media_type, headers=headers)
