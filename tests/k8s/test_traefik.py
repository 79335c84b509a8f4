"""The Ingress, its timeouts and Traefik's permissions, with Traefik itself."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from tests.k8s.policy import PUBLIC_PATHS
from tests.k8s.rendering import OVERLAYS
from tests.k8s.traefik import VERSION, running, serving

LARGE_BYTES = 64 * 1024 * 1024


class Gateway(BaseHTTPRequestHandler):
    """Stands in for the gateway: answers every path, the probes with 204, /comments/large at
    length; `cut_off` says that such an answer could not be sent."""

    protocol_version = "HTTP/1.1"
    cut_off = threading.Event()

    def do_GET(self) -> None:
        content = b"x" * LARGE_BYTES if self.path == "/comments/large" else b"ok"
        self.send_response(204 if unquote(self.path) in {"/readyz", "/livez"} else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True
            self.cut_off.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def gateway_port() -> Iterator[int]:
    with serving(Gateway) as port:
        yield port


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)  # as it is: http.client does not normalize paths
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_pinned_version_is_deployed() -> None:
    kustomization = yaml.safe_load((OVERLAYS["kind"] / "kustomization.yaml").read_text())
    [image] = [image for image in kustomization["images"] if image["name"] == "traefik"]
    assert image["newTag"] == f"v{VERSION}"


def test_only_public_paths_are_routed(gateway_port: int, tmp_path: Path) -> None:
    with running(gateway_port, tmp_path / "log") as (port, api):
        assert api.denied == set(), "its Roles do not allow what Traefik needs"
        prefixes = [path for path, kind in PUBLIC_PATHS.items() if kind == "Prefix"]
        for path in (*PUBLIC_PATHS, *(f"{prefix}/some/thing" for prefix in prefixes)):
            assert status(port, path) == 200, path
        exact = [f"{path}/x" for path, kind in PUBLIC_PATHS.items() if kind == "Exact"]
        letters = [f"{path}x" for path in PUBLIC_PATHS]
        for path in ("/readyz", "/livez", "/metrics", *exact, *letters):
            assert status(port, path) == 404, path
        for path in ("/%72eadyz", "//readyz", "/comments/../readyz", "/static/..%2freadyz"):
            assert status(port, path) != 204, path


def closed(connection: socket.socket) -> bool:
    """Whether the other side closes within ten seconds; reads what comes before."""
    connection.settimeout(10)
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    ("timeout", "sent"),
    [
        ("readtimeout", b"GET / HTTP/1.1\r\nHost: x\r\n"),
        ("readtimeout", b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"),
        ("idletimeout", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ],
    ids=["head", "body", "idle"],
)
def test_silent_connections_are_closed(
    timeout: str, sent: bytes, gateway_port: int, tmp_path: Path
) -> None:
    option = {f"entrypoints.web.transport.respondingtimeouts.{timeout}": "1s"}
    with (
        running(gateway_port, tmp_path / "log", **option) as (port, _),
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.sendall(sent)
        assert closed(connection)


def test_an_answer_that_nobody_reads_is_cut_off(gateway_port: int, tmp_path: Path) -> None:
    option = {"entrypoints.web.transport.respondingtimeouts.writetimeout": "1s"}
    with (
        running(gateway_port, tmp_path / "log", **option) as (port, _),
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.sendall(b"GET /comments/large HTTP/1.1\r\nHost: x\r\n\r\n")
        assert Gateway.cut_off.wait(10)
