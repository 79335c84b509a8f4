"""A gateway under load with several Bentos behind one name: added, stopped, killed, hung, all gone.

Each replica has an artifact of its own, which differs in a note only. Its digest, which every
answer carries, tells which replica classified a comment.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import msgspec
import pytest

from bento.model import artifact
from bento.settings import Settings
from gateway.model.replicas import MAX_EJECTION_SECONDS, RESOLVE_SECONDS
from processes import free_port
from tests.support.gateways import Gateway
from tests.support.hosts_file import HostsFile
from tests.support.load import Posted, SteadyLoad
from tests.support.replica import Replica, start

NAME = "bentos.valence.test"
RATE = 150
MODEL_CALL_SECONDS = 2.0
# How late a process may be scheduled or a timer may fire on a machine that others use.
SLACK_SECONDS = 5.0

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Three folders with the digests of the models in them."""
    trained = artifact.load(
        Path(os.environ.get("BENTO_ARTIFACT_DIR") or Settings().bento_artifact_dir)
    )
    saved = []
    for number in range(3):
        settings = {**trained.manifest.settings, "replica": number}
        manifest = msgspec.structs.replace(trained.manifest, settings=settings)
        folder = tmp_path_factory.mktemp("artifacts") / str(number)
        digest = artifact.save(msgspec.structs.replace(trained, manifest=manifest), folder)
        saved.append((folder, digest))
    return saved


@pytest.fixture
def replicas(artifacts: list[tuple[Path, str]]) -> Iterator[list[Replica]]:
    """Three replicas, not started."""
    port = free_port()
    replicas = [
        Replica(f"127.0.0.{number}", port, folder, digest)
        for number, (folder, digest) in enumerate(artifacts, 2)
    ]
    yield replicas
    for replica in replicas:
        if replica.process:
            if replica.process.exit_code is None:
                replica.send_signal(signal.SIGCONT)
            replica.process.stop()


@pytest.fixture
def hosts_file(tmp_path: Path) -> HostsFile:
    hosts_file = HostsFile(tmp_path / "hosts")
    if problem := hosts_file.problem():
        # In CI it must work; elsewhere users may not be allowed to mount.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(problem)
    return hosts_file


@pytest.fixture
async def gateway(replicas: list[Replica], hosts_file: HostsFile) -> AsyncIterator[Gateway]:
    """A gateway that knows the name only, which resolves to the first replica, the only running."""
    hosts_file.set(NAME, replicas[0].host)
    await start(replicas[:1])
    with Gateway(
        f"http://{NAME}:{replicas[0].port}",
        within=hosts_file.within,
        GATEWAY_MODEL_CALL_SECONDS=MODEL_CALL_SECONDS,
    ) as gateway:
        yield gateway


async def resolve_to(load: SteadyLoad, hosts_file: HostsFile, replicas: Sequence[Replica]) -> None:
    """Let the name resolve to these replicas, and wait until the gateway uses all of them."""
    start = time.monotonic()
    hosts_file.set(NAME, *(replica.host for replica in replicas))
    expected = {replica.digest for replica in replicas}
    await load.until(lambda: expected <= by_model(load.since(start)).keys(), seconds=60)


def by_model(posted: Sequence[Posted]) -> Counter[str]:
    """How many comments each model classified."""
    return Counter(one.model for one in posted if one.status == 201)


def first_sent(posted: Sequence[Posted], replica: Replica) -> float:
    """When the first of the comments that the replica classified was sent."""
    return min(one.sent for one in posted if one.model == replica.digest)


def failed(posted: Sequence[Posted]) -> list[Posted]:
    return [one for one in posted if one.status != 201]


async def test_a_new_replica_is_used_at_once_and_gets_its_share(
    replicas: list[Replica], hosts_file: HostsFile, gateway: Gateway
) -> None:
    await start(replicas[1:])
    async with SteadyLoad(gateway.url, RATE) as load:
        await load.more(100)
        for count in (2, 3):
            new = replicas[count - 1]
            changed = time.monotonic()
            hosts_file.set(NAME, *(replica.host for replica in replicas[:count]))
            await load.until(lambda new=new: new.digest in by_model(load.posted), seconds=60)  # type: ignore[misc]
            assert first_sent(load.posted, new) - changed < 5
            shares = by_model(await load.more(300))
            for replica in replicas[:count]:
                assert shares[replica.digest] > 0.5 * shares.total() / count
        # A replica that the name no longer resolves to gets no more comments, though it runs.
        hosts_file.set(NAME, *(replica.host for replica in replicas[1:]))
        await load.until(
            lambda: replicas[0].digest not in by_model(load.since(time.monotonic() - 1)),
            seconds=RESOLVE_SECONDS + 1 + SLACK_SECONDS,
        )
        assert replicas[0].digest not in by_model(await load.more(300))
    assert failed(load.posted) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
@pytest.mark.parametrize("dns_follows", [True, False], ids=["DNS follows", "DNS lags"])
async def test_a_replica_that_ends_fails_no_request(
    replicas: list[Replica],
    hosts_file: HostsFile,
    gateway: Gateway,
    number: signal.Signals,
    dns_follows: bool,
) -> None:
    await start(replicas[1:])
    async with SteadyLoad(gateway.url, RATE) as load:
        await resolve_to(load, hosts_file, replicas)
        replicas[1].send_signal(number)
        ended = time.monotonic()
        if dns_follows:
            hosts_file.set(NAME, replicas[0].host, replicas[2].host)
        await load.more(400)
        assert failed(load.posted) == []
        remaining = {replicas[0].digest, replicas[2].digest}
        assert set(by_model(load.since(ended + 1))) == remaining
        if not dns_follows:
            # It starts again at its old address, without a change of the name's addresses.
            await start([replicas[1]])
            back = time.monotonic()
            await load.until(lambda: replicas[1].digest in by_model(load.since(back)), seconds=60)
            first = first_sent(load.since(back), replicas[1])
            assert first - back < MAX_EJECTION_SECONDS + SLACK_SECONDS
    assert failed(load.posted) == []


async def test_a_replica_that_hangs_fails_no_request_and_is_used_again(
    replicas: list[Replica], hosts_file: HostsFile, gateway: Gateway
) -> None:
    await start(replicas[1:2])
    async with SteadyLoad(gateway.url, RATE) as load:
        await resolve_to(load, hosts_file, replicas[:2])
        replicas[1].send_signal(signal.SIGSTOP)
        hung = time.monotonic()
        await load.until(
            lambda: bool(load.since(hung + MODEL_CALL_SECONDS + SLACK_SECONDS)), seconds=60
        )
        after = await load.more(600)
        assert failed(after) == []
        assert set(by_model(after)) == {replicas[0].digest}
        during = [one for one in load.posted if hung - 1 <= one.sent < after[0].sent]
        # The comments that it had taken go to the other replica when their attempt is over.
        assert failed(during) == []
        assert sum(one.seconds >= MODEL_CALL_SECONDS for one in during) <= 64
        replicas[1].send_signal(signal.SIGCONT)
        back = time.monotonic()
        await load.until(lambda: replicas[1].digest in by_model(load.since(back)), seconds=60)
        first = first_sent(load.since(back), replicas[1])
        assert first - back < MAX_EJECTION_SECONDS + MODEL_CALL_SECONDS + SLACK_SECONDS
        assert failed(await load.more(300)) == []


async def test_without_replicas_refusals_are_fast_and_the_first_is_not_overrun(
    replicas: list[Replica], hosts_file: HostsFile, gateway: Gateway
) -> None:
    await start(replicas[1:2])
    async with SteadyLoad(gateway.url, RATE) as load:
        await resolve_to(load, hosts_file, replicas[:2])
        for replica in replicas[:2]:
            assert replica.process
            replica.process.kill()
        refused = await load.more(600)
        assert {one.status for one in refused} == {503}
        assert all(one.retry_after and int(one.retry_after) >= 1 for one in refused)
        assert sorted(one.seconds for one in refused)[int(0.95 * len(refused))] < 1
        async with httpx.AsyncClient(base_url=gateway.url) as client:
            assert (await client.get("/healthz")).status_code == 503
            assert (await client.get("/readyz")).status_code == 200
        # One of the two starts again: comments must not fail for the other for long either.
        replicas[0].start()
        restarted = time.monotonic()
        max_connections = 0

        def answered() -> bool:
            nonlocal max_connections
            max_connections = max(max_connections, replicas[0].connections())
            return bool(by_model(load.since(restarted)))

        await load.until(answered, seconds=90)
        before, returned = model_calls(gateway), time.monotonic()
        await load.until(lambda: answered() and time.monotonic() > returned + 1, seconds=10)
        # One call at a time on one connection, at most one for each comment that was waiting or
        # arrived. Readiness checks have a connection of their own.
        assert model_calls(gateway) - before <= 2 * RATE
        assert max_connections <= 3
        assert failed(await load.more(300)) == []
        assert replicas[0].connections() <= 3


def model_calls(gateway: Gateway) -> float:
    """The number of calls to Bentos so far."""
    return sum(
        value
        for (name, *_), value in gateway.samples().items()
        if name == "valence_gateway_model_call_duration_seconds_count"
    )
