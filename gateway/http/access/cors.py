"""Cross-origin resource sharing: which other web pages may use the gateway.

https://fetch.spec.whatwg.org/#http-cors-protocol. Credentials of the browser (cookies) are never
asked for; a page sends a token of its own.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.http.rsgi import Headers

_METHODS = "GET, HEAD, POST, PUT, DELETE"
_REQUEST_HEADERS = ", ".join(
    (
        *("Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"),
        *("Traceparent", "Tracestate"),
        # That AWS's JavaScript SDK sends to the routes of Comprehend, in both protocols.
        *("Amz-Sdk-Invocation-Id", "Amz-Sdk-Request", "Smithy-Protocol", "X-Amz-Content-Sha256"),
        *("X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Target", "X-Amz-User-Agent"),
    )
)
_EXPOSED = (
    "Location, RateLimit, RateLimit-Policy, Retry-After, Smithy-Protocol, X-Amzn-ErrorType,"
    " X-Model, X-Request-Id"
)
_MAX_AGE_SECONDS = 3_600


class CORS:
    """The origins whose pages may use the gateway."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def headers(self, request: Headers) -> list[tuple[str, str]]:
        """The headers of the answer to this request."""
        if not self._origins:
            return []
        origin = request.get("origin")
        if origin not in self._origins:
            return [("vary", "Origin")]
        return [
            ("vary", "Origin"),
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", _EXPOSED),
        ]

    def preflight(self, method: str, request: Headers) -> list[tuple[str, str]] | None:
        """The further headers of the answer to a preflight request of a known origin; None for any
        other request."""
        if (
            method != "OPTIONS"
            or request.get("origin") not in self._origins
            or "access-control-request-method" not in request
        ):
            return None
        return [
            ("access-control-allow-methods", _METHODS),
            ("access-control-allow-headers", _REQUEST_HEADERS),
            ("access-control-max-age", str(_MAX_AGE_SECONDS)),
        ]
