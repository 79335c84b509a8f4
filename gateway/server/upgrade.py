"""Requests that offer to go on in another protocol, as HTTP/2 clients do: they are answered as if
they did not, which RFC 9110, 7.8, allows."""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

INVALID = "Invalid HTTP request received."


class WithoutUpgrade(HttpToolsProtocol):
    """Uvicorn's protocol, without that one.

    To the parser, what follows the head of such a request is no HTTP any more, so a new parser
    gets the head again without the offer. Callbacks must do nothing while
    `parser.should_upgrade()`.
    """

    def data_received(self, data: bytes) -> None:
        try:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._go_on(memoryview(data)[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.logger.warning(INVALID)
            self.send_400_response(INVALID)

    def _go_on(self, rest: memoryview) -> None:
        """With what follows the head of a request that made an offer; others may follow."""
        while True:
            method, version = self.parser.get_method(), self.parser.get_http_version()
            if method == b"CONNECT":
                raise httptools.HttpParserInvalidMethodError
            head = _head(method, self.url, version, self.headers)
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
            self.parser.feed_data(head)
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
            else:
                return


def _head(method: bytes, url: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] != b"upgrade"]
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version.encode(), b"".join(lines))
