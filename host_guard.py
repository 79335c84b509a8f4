"""Protection against DNS rebinding, for services that trust everybody on this machine.

A web page can make a browser send requests to 127.0.0.1 under the page's own host name. Such a
service therefore answers only requests for this machine's own names.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from http import HTTPStatus

from problem_details import FieldError, Problem

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")

MISDIRECTED = Problem.of(
    HTTPStatus.MISDIRECTED_REQUEST,
    FieldError("Host", f"must be one of {', '.join(LOCAL_NAMES)}"),
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def local_names(listening_host: str) -> frozenset[str]:
    """The names by which this machine may call a service that listens on this address."""
    own = f"[{listening_host}]" if ":" in listening_host else listening_host
    return frozenset({*LOCAL_NAMES, own})


def name(host: str) -> str:
    """The name in a Host header, without the port."""
    head, colon, port = host.lower().rpartition(":")
    return head if colon and port.isdigit() else host.lower()


def is_local(hosts: Sequence[str], names: Collection[str]) -> bool:
    """Whether a request with these Host headers is for one of the names."""
    return len(hosts) == 1 and name(hosts[0]) in names
