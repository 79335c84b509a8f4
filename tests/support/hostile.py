"""Clients that send bytes and read nothing: `python -m tests.support.hostile PORT COUNT SECONDS`.

COUNT connections send the bytes of standard input for as long as the server takes them, and stay
open for SECONDS. As another process they have open files of their own, and take no time from the
test.
"""

from __future__ import annotations

import contextlib
import resource
import select
import socket
import sys
import time

# Small, so that unread answers stay with the server.
RECEIVE_BUFFER_BYTES = 4_096


def connect(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    return client


def attack(port: int, count: int, seconds: float, data: bytes) -> None:
    deadline = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(count)]
        unsent = {client.fileno(): (client, memoryview(data)) for client in clients}
        poll = select.poll()
        for number in unsent:
            poll.register(number, select.POLLOUT)
        while (left := deadline - time.monotonic()) > 0:
            for number, _ in poll.poll(left * 1_000):
                client, rest = unsent[number]
                try:
                    rest = rest[client.send(rest) :]
                except BlockingIOError:
                    continue
                except OSError:  # the server closed it
                    rest = rest[:0]
                unsent[number] = client, rest
                if not rest:
                    poll.unregister(number)


def main() -> None:
    port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    attack(port, count, seconds, sys.stdin.buffer.read())


if __name__ == "__main__":
    main()
