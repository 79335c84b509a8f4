from __future__ import annotations

import asyncio

from gateway.server.transport import Gathering


class Recording(asyncio.Transport):
    """A transport to nowhere that remembers what it was asked, in order."""

    def __init__(self) -> None:
        super().__init__({"peername": "somebody"})
        self.asked: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.asked.append(bytes(data))

    def close(self) -> None:
        self.asked.append("close")

    def is_closing(self) -> bool:
        return "close" in self.asked


async def test_what_is_written_in_one_turn_of_the_loop_goes_out_together() -> None:
    inner = Recording()
    transport = Gathering(inner, asyncio.get_running_loop())
    transport.write(b"head, ")
    transport.write(b"body")
    assert inner.asked == []
    await asyncio.sleep(0)
    assert inner.asked == [b"head, body"]
    transport.write(b"next")
    await asyncio.sleep(0)
    assert inner.asked == [b"head, body", b"next"]


async def test_what_was_written_before_the_end_goes_out_before_it() -> None:
    inner = Recording()
    transport = Gathering(inner, asyncio.get_running_loop())
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert inner.asked == [b"last words", "close"]


async def test_all_else_is_the_transports() -> None:
    transport = Gathering(Recording(), asyncio.get_running_loop())
    assert transport.get_extra_info("peername") == "somebody"


async def test_what_comes_too_late_goes_nowhere() -> None:
    inner = Recording()
    transport = Gathering(inner, asyncio.get_running_loop())
    transport.write(b"late")
    inner.close()
    await asyncio.sleep(0)
    assert inner.asked == ["close"]
