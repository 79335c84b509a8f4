"""A certificate passes while clients accept it for some time."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from k8s.doctor import certificate
from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.site import Site
from tests.support.scripted import Says, scripted


@contextlib.contextmanager
def encrypted(authority: trustme.CA, *, ends_in: timedelta, name: str) -> Iterator[str]:
    """A server with a certificate for a name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    now = datetime.now(UTC)
    authority.issue_cert(
        name, not_before=now - timedelta(days=90), not_after=now + ends_in
    ).configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.mark.usefixtures("trusted")
def test_a_valid_certificate_has_its_days(authority: trustme.CA) -> None:
    with encrypted(authority, ends_in=timedelta(days=60, hours=1), name="localhost") as url:
        assert certificate.examine(Site(url)) == "valid for 60 days, TLSv1.3"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("days", "name", "found"),
    [
        (13.5, "localhost", "ends in 13 days"),
        (-1, "localhost", "certificate has expired"),
        (60, "other.example", "Hostname mismatch"),
    ],
)
def test_a_bad_certificate_fails(authority: trustme.CA, days: float, name: str, found: str) -> None:
    with (
        encrypted(authority, ends_in=timedelta(days=days), name=name) as url,
        pytest.raises(FailedError, match=found),
    ):
        certificate.examine(Site(url))


def test_an_unknown_authority_fails() -> None:
    with (
        encrypted(trustme.CA(), ends_in=timedelta(days=60), name="localhost") as url,
        pytest.raises(FailedError, match="clients refuse the certificate"),
    ):
        certificate.examine(Site(url))


def test_http_behind_https_fails() -> None:
    with scripted(lambda _: Says()) as url, pytest.raises(FailedError, match="no TLS"):
        certificate.examine(Site(url.replace("http:", "https:")))


def test_plain_http_is_said_as_such() -> None:
    assert certificate.examine(Site("http://127.0.0.1")).startswith("plain http")
    with pytest.raises(SkippedError, match="whoever is on the way can read"):
        certificate.examine(Site("http://valence.example"))
