"""A gateway and a Bento that speak HTTPS with each other."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
import trustme

from certificate import Certificate
from processes import Process, free_port, module
from tests.support.certificates import write
from tests.support.gateways import Gateway


@pytest.fixture
def files(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path / "tls.crt", tmp_path / "tls.key")


def served(url: str) -> str:
    """The certificate that a server has now, as PEM."""
    parts = httpx.URL(url)
    return ssl.get_server_certificate((parts.host, parts.port or 443), timeout=5)


def first_of(files: Certificate) -> str:
    """The certificate itself, without its chain."""
    return files.chain.read_text().partition("-----END CERTIFICATE-----\n")[0] + (
        "-----END CERTIFICATE-----\n"
    )


def test_a_comment_is_classified(files: Certificate, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority_file = tmp_path / "ca.crt"
    authority.cert_pem.write_to_path(authority_file)
    write(authority, "localhost", files)
    url = f"https://localhost:{free_port()}"
    settings = {
        "BENTO_PORT": url.rpartition(":")[2],
        "BENTO_METRICS_PORT": "0",
        "BENTO_TLS_CERTIFICATE_FILE": str(files.chain),
        "BENTO_TLS_KEY_FILE": str(files.key),
    }
    trusted = ssl.create_default_context(cafile=authority_file)

    def is_ready() -> bool:
        try:
            return httpx.get(f"{url}/readyz", verify=trusted).is_success
        except httpx.TransportError:
            return False

    with Process("the Bento", module("bento"), environment=settings) as bento:
        bento.wait_until(is_ready, seconds=60)
        with (
            Gateway(url, MICROSERVICE_CA_FILE=authority_file) as gateway,
            httpx.Client(base_url=gateway.url, timeout=30) as client,
        ):
            answer = client.post("/comments", json={"comment": "Nobody else reads this. Great!"})
            assert (answer.status_code, answer.json()["sentiment"]) == (201, "positive")
            write(authority, "localhost", files)
            bento.wait_until(lambda: served(url) == first_of(files), seconds=30)
            # The application has survived its first server.
            assert is_ready()
            again = client.post("/comments", json={"comment": "And again. Great!"})
            assert again.status_code == 201
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{url.replace('https', 'http')}/readyz")


@pytest.mark.parametrize(
    "command",
    [
        ("bento", {"BENTO_TLS_CERTIFICATE_FILE": "/no.crt", "BENTO_TLS_KEY_FILE": "/k"}),
        ("gateway", {"MICROSERVICE_URL": "https://b", "MICROSERVICE_CA_FILE": "/no.crt"}),
    ],
    ids=["bento", "gateway"],
)
def test_a_missing_file_is_named(command: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    package, settings = command
    done = subprocess.run(
        module(package),
        env={"GATEWAY_SQLITE_PATH": str(tmp_path / "comments.db"), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{package}: ")
    assert "='/no.crt': " in done.stderr
    assert done.stderr.count("\n") == 1
