"""What browsers are told about the page."""

from __future__ import annotations

import httpx
import pytest

from tests.support.gateways import Gateway

HSTS = "Strict-Transport-Security"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_other_origins_have_no_hold_on_the_page(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    # Without TLS it would shut out the next server on this name.
    assert HSTS not in answer.headers
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cross-Origin-Opener-Policy"]) == (304, "same-origin")


def test_where_tls_ends_before_the_gateway_browsers_stay_with_it(bento_url: str) -> None:
    with Gateway(bento_url, GATEWAY_HSTS_SECONDS=31_536_000) as gateway:
        assert httpx.get(gateway.url).headers[HSTS] == "max-age=31536000"
