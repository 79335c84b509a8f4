"""A small HTTP server that answers as a test says."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

VALENCE = {"info": {"title": "Valence"}}


class Asked(NamedTuple):
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def has_token(self) -> bool:
        return "authorization" in self.headers


class Says(NamedTuple):
    """An answer."""

    status: int = 200
    body: object = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


Script = Callable[[Asked], Says]


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[str]:
    """Run a server on loopback while the context lasts; yields its URL.

    Args:
        script: makes the answers; bodies that are no text are sent as JSON.
    """

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            says = script(Asked(self.command, self.path, headers, body))
            text = says.body if isinstance(says.body, str) else json.dumps(says.body)
            self.send_response_only(says.status)
            sent = {"Date": formatdate(usegmt=True), **says.headers}
            for name, value in sent.items():
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
