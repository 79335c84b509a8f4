"""The connections on which nothing is asked.

They cost memory and file descriptors, of which nobody may take what others need. So they are
closed after a time, and earlier when there are many connections, as nginx does it.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import KeysView
from itertools import islice
from typing import Protocol

# 5 kB each while they are silent, 64 kB with a head that does not come to an end.
CONNECTIONS_MAX = 4_096
# Who has just connected or been answered may be about to ask.
FRESH_SECONDS = 1.0


class Connection(Protocol):
    """What can be closed."""

    transport: asyncio.Transport


class Idle:
    """Times are the loop's, in seconds."""

    def __init__(self) -> None:
        self._since: dict[Connection, float] = {}  # the longest first

    def keys(self) -> KeysView[Connection]:
        return self._since.keys()

    def add(self, connection: Connection, now: float) -> None:
        self._since.setdefault(connection, now)

    def discard(self, connection: Connection) -> None:
        self._since.pop(connection, None)

    def close(self, *, since: float, most: int | None = None) -> None:
        """Close those that are idle since then or longer, at most so many of them."""
        for connection, began in list(islice(self._since.items(), most)):
            if began > since:
                break
            del self._since[connection]
            # Not `close`, which waits for whoever does not take the last bytes of an answer.
            connection.transport.abort()


def most_connections() -> int:
    """How many there may be before idle ones make room: with half of the files that the process
    may open, which is raised where it can be."""
    files, may_be_raised_to = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS_MAX
    if files < wanted:
        files = min(wanted, may_be_raised_to) if may_be_raised_to >= 0 else wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, may_be_raised_to))
    return min(CONNECTIONS_MAX, files // 2)
