"""Requests to an installation, as its clients send them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from k8s.doctor.check import FailedError

__all__ = ["Answer", "Site", "is_loopback", "read_token"]

TIMEOUT_SECONDS = 2.5


class Answer(NamedTuple):
    """An answer, and the times (seconds since 1970) between which it was made."""

    response: httpx.Response
    sent: float
    received: float

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def detail(self) -> str:
        """What a problem says; the status otherwise."""
        document = self.json()
        detail = document.get("detail") or document.get("message")
        return str(detail or f"{self.status} {self.response.reason_phrase}")

    def json(self) -> dict[str, Any]:
        """The body; empty if it is no object."""
        try:
            document = self.response.json()
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


class Site:
    """The base URL of an installation, and the token to use there."""

    def __init__(self, url: str, token: str = "") -> None:
        """
        Raises:
            ValueError: it is no URL of an HTTP server.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError(f"{url}: not a URL like http://127.0.0.1:8000")
        self.url = url.rstrip("/")
        self.token = token
        self.is_tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = port or (443 if self.is_tls else 80)
        # The system's authorities, and those of SSL_CERT_FILE.
        self.tls = ssl.create_default_context()

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it under this name."""
        return is_loopback(self.host)

    def ask(
        self,
        method: str,
        path: str,
        *,
        authorization: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Answer:
        """Send a request on a connection of its own, so that a load balancer chooses anew. It
        follows no redirect.

        Args:
            method: of the request.
            path: on the site.
            authorization: the header; the token's by default, none if empty.
            headers: others.
            json: the body.

        Raises:
            FailedError: there is no answer.
        """
        if authorization is None and self.token:
            authorization = f"Bearer {self.token}"
        given = dict(headers or {})
        if authorization:
            given["Authorization"] = authorization
        sent = time.time()
        try:
            with httpx.Client(verify=self.tls, timeout=TIMEOUT_SECONDS) as client:
                response = client.request(method, self.url + path, headers=given, json=json)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error).rpartition("] ")[2] or "no answer in time"
            raise FailedError(
                f"cannot be reached: {reason}",
                "check the URL, its DNS record, the load balancer or Ingress controller, and"
                " firewalls; without a cluster, whether `make up` runs",
            ) from None
        return Answer(response, sent, time.time())


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is one of this machine's loopback."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def read_token(file: Path) -> str:
    """The token in a file.

    Raises:
        ValueError: there is none.
    """
    try:
        token = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise ValueError(f"{file}: {reason}") from None
    if not token or not token.isascii() or len(token.split()) != 1:
        raise ValueError(f"{file}: not a token, which is one word")
    return token
