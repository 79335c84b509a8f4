"""The load generator, against a service that answers at once, late, or never."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest

from loadtest.harness import generator
from loadtest.harness.generator import NO_ANSWER, NOT_SENT, Answer


class Service:
    """Answers each connection's requests one after the other."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 201
        self.delay = 0.0
        self.headers = "content-length: 2\r\n"
        self.closes = False
        self.connections = 0
        self.requests: list[bytes] = []
        """The heads of all requests."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.partition(b"Content-Length: ")[2]))
                self.requests.append(head)
                await asyncio.sleep(self.delay)  # what is measured
                writer.write(f"HTTP/1.1 {self.status} x\r\n{self.headers}\r\n{{}}".encode())
                if self.closes:
                    break
        writer.close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        service.url = f"http://{host}:{port}/comments"
        yield service


async def post(
    service: Service, times: list[float], *, connections: int | None, queue: bool = True
) -> list[Answer]:
    answers: list[Answer] = []
    await generator.post(
        service.url,
        itertools.repeat("{}"),
        times,
        answers.append,
        headers={"Authorization": "Bearer x"},
        connections=connections,
        queue=queue,
    )
    assert all(b"Authorization: Bearer x\r\n" in head for head in service.requests)
    return answers


async def test_latency_counts_from_when_a_request_was_due(service: Service) -> None:
    service.delay = 0.02
    answers = await post(service, [0.0] * 5, connections=1)
    # The last one waits for the four before it.
    assert answers[-1].seconds >= 5 * 0.02
    assert service.connections == 1


async def test_requests_need_not_wait_for_a_connection(service: Service) -> None:
    service.delay = 0.02
    answers = await post(service, [0.0] * 5, connections=1, queue=False)
    assert sorted(answer.status for answer in answers) == [NOT_SENT] * 4 + [201]


@pytest.mark.parametrize("connections", [1, None])
async def test_a_request_that_is_never_answered_is_given_up(
    service: Service, monkeypatch: pytest.MonkeyPatch, connections: int | None
) -> None:
    monkeypatch.setattr(generator, "TIMEOUT_SECONDS", 0.05)
    service.delay = 60
    answers = await post(service, [0.0] * 3, connections=connections)
    assert [answer.status for answer in answers] == [NO_ANSWER] * 3


async def test_each_request_can_have_a_connection_of_its_own(service: Service) -> None:
    # Without a length, the answer ends with the connection.
    service.headers, service.closes = "", True
    answers = await post(service, [0.0] * 5, connections=None)
    assert [answer.status for answer in answers] == [201] * 5
    assert service.connections == 5
    assert all(b"Connection: close\r\n" in head for head in service.requests)


async def test_a_connection_that_the_service_closes_is_replaced(service: Service) -> None:
    service.headers, service.closes = "content-length: 2\r\nConnection: close\r\n", True
    answers = await post(service, [0.0] * 4, connections=2)
    assert [answer.status for answer in answers] == [201] * 4
    assert service.connections == 4


async def test_headers_of_an_answer(service: Service) -> None:
    service.headers += "X-Model: ABC\r\n"
    [answer] = await post(service, [0.0], connections=1)
    assert answer.header("X-Model") == "abc"
    assert answer.header("Retry-After") is None


async def test_a_service_that_is_down_raises() -> None:
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await generator.post("http://127.0.0.1:1/", itertools.repeat("{}"), [0.0], print)
