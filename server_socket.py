"""What the HTTP server asks of the system: its socket, open files, and who reads no answers."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
from pathlib import Path

__all__ = ["UNREAD_SECONDS", "are_answers_unread", "listen", "raise_file_limit"]

# A client that reads nothing of its answer for this long is disconnected.
UNREAD_SECONDS = 10


def listen(host: str, port: int, backlog: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        OSError: the address cannot be used.
    """
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    try:
        listener = socket.create_server(address[:2], family=family, backlog=backlog)
    except OSError as error:
        # Without the address that Python adds to the message.
        raise OSError(error.errno, os.strerror(error.errno or 0)) from None
    # Connections inherit these options.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(AttributeError):  # Linux has it
        unread = UNREAD_SECONDS * 1_000
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread)
    return listener


def are_answers_unread(port: int) -> bool:
    """Whether a client of the port has yet to read a part of its answer (on Linux)."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), Path(table).open() as lines:
            next(lines)
            for line in lines:
                # https://docs.kernel.org/networking/proc_net_tcp.html
                _, local, _, state, queues, *_ = line.split()
                is_ours = int(local.partition(":")[2], 16) == port
                if is_ours and state == "01" and int(queues.partition(":")[0], 16):  # established
                    return True
    return False


def raise_file_limit(files: int) -> int:
    """Allow as many open files, or as many as the hard limit permits; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= files:
        return soft
    allowed = files if hard == resource.RLIM_INFINITY else min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
