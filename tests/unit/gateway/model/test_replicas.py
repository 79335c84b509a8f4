from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from gateway.model import replicas
from gateway.model.replicas import Address, Replica, Replicas
from tests.support.until import until

PORT = 3000


class Resolver:
    """Answers for the one host there is; a test changes the answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hosts: list[str] | OSError | UnicodeError = []
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", self)

    async def __call__(self, *_: object, **__: object) -> list[tuple[object, ...]]:
        if isinstance(self.hosts, Exception):
            raise self.hosts
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, PORT)) for host in self.hosts]


class Pipeline:
    """Replicas whose readiness a test decides, and what was told of their number."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.ready: set[str] = set()
        self.checks: Counter[str] = Counter()
        self.counts: list[int] = []
        self.replicas = Replicas(f"http://bentos.test:{PORT}", is_ready=self._is_ready)
        self.replicas.on_count(self.counts.append)
        self.counts.clear()

    async def _is_ready(self, replica: Replica) -> bool:
        self.checks[replica.address.host] += 1
        return replica.address.host in self.ready

    async def start(self, *hosts: str) -> None:
        self.resolver.hosts = list(hosts)
        await self.replicas.start()

    def chosen(self, draws: int = 200) -> Counter[str]:
        found = [self.replicas.choose() for _ in range(draws)]
        return Counter(replica.address.host for replica in found if replica)

    def one(self, host: str) -> Replica:
        while (replica := self.replicas.choose()) and replica.address.host != host:
            pass
        assert replica
        return replica


@pytest.fixture
async def pipeline(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pipeline]:
    monkeypatch.setattr(replicas, "RESOLVE_SECONDS", 0.01)
    monkeypatch.setattr(replicas, "MIN_EJECTION_SECONDS", 0.01)
    monkeypatch.setattr(replicas, "MAX_EJECTION_SECONDS", 0.05)
    pipeline = Pipeline(Resolver(monkeypatch))
    yield pipeline
    await pipeline.replicas.stop()


def test_an_address_makes_a_url() -> None:
    assert Address("127.0.0.1", 80).authority == "127.0.0.1:80"
    assert Address("::1", 80).authority == "[::1]:80"


@pytest.mark.parametrize("count", [2, 3, 5])
async def test_of_equals_each_gets_its_share(pipeline: Pipeline, count: int) -> None:
    await pipeline.start(*(f"10.0.0.{n}" for n in range(count)))
    chosen = pipeline.chosen(400 * count)
    assert len(chosen) == count
    assert min(chosen.values()) > 200
    assert len(pipeline.replicas) == count
    assert pipeline.counts == [count]


async def test_the_busier_of_two_is_not_chosen(pipeline: Pipeline) -> None:
    await pipeline.start("10.0.0.1", "10.0.0.2")
    with pipeline.one("10.0.0.1").in_use():
        assert set(pipeline.chosen()) == {"10.0.0.2"}
    assert len(pipeline.chosen()) == 2


async def test_a_retry_goes_elsewhere_if_there_is_an_elsewhere(pipeline: Pipeline) -> None:
    await pipeline.start("10.0.0.1", "10.0.0.2")
    one, other = pipeline.one("10.0.0.1"), pipeline.one("10.0.0.2")
    assert pipeline.replicas.choose(avoid=one) is other
    pipeline.replicas.failed(other)
    assert pipeline.replicas.choose(avoid=one) is other
    pipeline.resolver.hosts = ["10.0.0.1"]
    await until(lambda: pipeline.replicas.choose(avoid=one) is one, seconds=10)


async def test_one_that_fails_is_left_out_until_it_is_ready(pipeline: Pipeline) -> None:
    await pipeline.start("10.0.0.1", "10.0.0.2")
    pipeline.replicas.failed(pipeline.one("10.0.0.1"))
    assert set(pipeline.chosen()) == {"10.0.0.2"}
    await until(lambda: pipeline.checks["10.0.0.1"] >= 3, seconds=10)
    assert set(pipeline.chosen()) == {"10.0.0.2"}
    pipeline.ready = {"10.0.0.1"}
    await until(lambda: len(pipeline.replicas) == 2, seconds=10)
    assert len(pipeline.chosen()) == 2
    assert pipeline.counts == [2, 1, 2]


async def test_when_all_have_failed_one_is_still_checks_and_its_answer_counts(
    pipeline: Pipeline,
) -> None:
    await pipeline.start("10.0.0.1", "10.0.0.2")
    both = [pipeline.one("10.0.0.1"), pipeline.one("10.0.0.2")]
    for replica in both:
        pipeline.replicas.failed(replica)
    assert len(pipeline.replicas) == 0
    assert len(pipeline.chosen()) == 2
    pipeline.replicas.succeeded(both[0])
    assert set(pipeline.chosen()) == {"10.0.0.1"}
    assert pipeline.counts == [2, 1, 0, 1]


async def test_the_answers_changes_are_followed(pipeline: Pipeline) -> None:
    await pipeline.start("10.0.0.1")
    pipeline.resolver.hosts = ["10.0.0.1", "10.0.0.2"]
    await until(lambda: len(pipeline.replicas) == 2, seconds=10)
    pipeline.replicas.failed(pipeline.one("10.0.0.1"))
    pipeline.resolver.hosts = ["10.0.0.2"]
    await until(lambda: set(pipeline.chosen()) == {"10.0.0.2"}, seconds=10)
    assert len(pipeline.replicas) == 1


@pytest.mark.parametrize("failure", [socket.gaierror(), UnicodeError()])
async def test_no_answer_leaves_what_is_known(
    pipeline: Pipeline, failure: OSError | UnicodeError
) -> None:
    await pipeline.start("10.0.0.1")
    pipeline.resolver.hosts = failure
    await asyncio.sleep(0)
    assert set(pipeline.chosen()) == {"10.0.0.1"}
    pipeline.resolver.hosts = ["10.0.0.2"]
    await until(lambda: set(pipeline.chosen()) == {"10.0.0.2"}, seconds=10)


async def test_a_host_that_is_not_known_yet_has_no_replicas(pipeline: Pipeline) -> None:
    pipeline.resolver.hosts = socket.gaierror()
    await pipeline.replicas.start()
    assert pipeline.replicas.choose() is None
    pipeline.resolver.hosts = ["10.0.0.1"]
    await until(lambda: pipeline.replicas.choose() is not None, seconds=10)
