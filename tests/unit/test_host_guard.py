from __future__ import annotations

import pytest

import host_guard


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("valence.local", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert host_guard.is_loopback(host) is expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8000", "localhost"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("evil.example:8000", "evil.example"),
        ("localhost:", "localhost:"),
        ("localhost:80:80", "localhost:80"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_guard.name(header) == name


def test_only_one_local_name_is_served() -> None:
    names = host_guard.local_names("127.0.0.1")
    for host in ("localhost", "127.0.0.1:3000", "[::1]:3000"):
        assert host_guard.is_local([host], names)
    for hosts in (["evil.example"], ["evil\xff"], [], ["localhost", "localhost"]):
        assert not host_guard.is_local(hosts, names)


def test_the_address_it_listens_on_is_a_local_name() -> None:
    for address, host in (("127.8.8.8", "127.8.8.8:3000"), ("::2", "[::2]:3000")):
        assert not host_guard.is_local([host], host_guard.local_names("127.0.0.1"))
        assert host_guard.is_local([host], host_guard.local_names(address))
