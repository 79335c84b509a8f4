"""The watch over the tokens' file: it goes on whatever happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

import pytest

from gateway.http.access import reload, tokens
from gateway.http.access.tokens import Role, Tokens
from problem_details import Problem


class Failing(Tokens):
    """Tokens that some lines break in a way that nobody thought of."""

    def __init__(self, lines: str) -> None:
        super().__init__(lines)
        self.replaced = asyncio.Event()

    def replace(self, lines: str) -> None:
        if "broken" in lines:
            raise OverflowError("date value out of range")
        super().replace(lines)
        self.replaced.set()


def looks(*found: str | Exception) -> Callable[[], str]:
    """What each look into the file finds; the last one for ever."""
    each: Iterator[str | Exception] = iter(found)

    def read() -> str:
        result = next(each, found[-1])
        if isinstance(result, Exception):
            raise result
        return result

    return read


@pytest.mark.parametrize("trouble", ["broken", RuntimeError("nobody thought of it")], ids=str)
async def test_a_token_is_revoked_after_any_error(
    trouble: str | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    revoked, line = tokens.new("app", "read")
    _, other = tokens.new("app", "read")
    known = Failing(line)
    with caplog.at_level(logging.INFO, reload.__name__):
        read = looks(line, trouble, trouble, trouble, other)
        watch = asyncio.create_task(reload.watch(known, read, pause=0))
        async with asyncio.timeout(10):
            await known.replaced.wait()
        watch.cancel()
    with pytest.raises(Problem):
        known.require(f"Bearer {revoked}", Role.READ)
    reports = [each.getMessage() for each in caplog.records if each.name == reload.__name__]
    assert len(reports) == 2, "the error is reported once"
    assert "stay as they are" in reports[0]
    assert "Error: " in reports[0]
    assert "read again" in reports[1]
