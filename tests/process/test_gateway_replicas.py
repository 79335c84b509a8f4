"""Several Bentos behind one name, under load: added, stopped, killed, hung, all gone.

Each replica has an artifact of its own, which differs in a note only: its digest, which every
answer carries, tells who classified a comment.
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
from processes import Process, answers, free_port, module
from tests.support.gateways import Gateway
from tests.support.load import Posted, SteadyLoad
from tests.support.names import Names
from tests.support.until import until

NAME = "bentos.valence.test"
RATE = 150
ATTEMPT_SECONDS = 2.0
# What a shared machine may take for what takes none: a process to be scheduled, a timer to fire.
SLACK_SECONDS = 5.0

pytestmark = pytest.mark.timeout(300)


class Bento:
    """A replica on an address of its own; it can be started again."""

    def __init__(self, host: str, port: int, folder: Path, digest: str) -> None:
        self.host, self.digest = host, digest
        self._port, self._folder = port, folder
        self.process: Process | None = None

    def start(self) -> None:
        self.process = Process(
            f"the Bento on {self.host}",
            module("bento"),
            environment={
                "ARTIFACT_DIR": str(self._folder),
                "BENTO_HOST": self.host,
                "BENTO_PORT": str(self._port),
            },
        )

    def ready(self) -> bool:
        assert self.process
        self.process.check()
        return answers(f"http://{self.host}:{self._port}/readyz")

    def kill(self, number: signal.Signals) -> None:
        assert self.process
        os.kill(self.process.pid, number)

    def connections(self) -> int:
        """TCP connections to it that are established, seen from the other end."""
        octets = bytes(int(octet) for octet in self.host.split("."))
        remote = f"{int.from_bytes(octets, 'little'):08X}:{self._port:04X}"
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[2] == remote and row[3] == "01" for row in rows)


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Three folders and the digests of the models in them."""
    trained = artifact.load(Path(os.environ.get("ARTIFACT_DIR") or Settings().bento_artifact_dir))
    made = []
    for number in range(3):
        settings = {**trained.manifest.settings, "replica": number}
        manifest = msgspec.structs.replace(trained.manifest, settings=settings)
        folder = tmp_path_factory.mktemp("artifacts") / str(number)
        digest = artifact.save(msgspec.structs.replace(trained, manifest=manifest), folder)
        made.append((folder, digest))
    return made


@pytest.fixture
def bentos(artifacts: list[tuple[Path, str]]) -> Iterator[list[Bento]]:
    """Three replicas, none started."""
    port = free_port()
    replicas = [
        Bento(f"127.0.0.{number}", port, folder, digest)
        for number, (folder, digest) in enumerate(artifacts, 2)
    ]
    yield replicas
    for bento in replicas:
        if bento.process:
            if bento.process.exit_code is None:
                bento.kill(signal.SIGCONT)
            bento.process.stop()


@pytest.fixture
def names(tmp_path: Path) -> Names:
    names = Names(tmp_path / "hosts")
    if problem := names.problem():
        # There it must work; elsewhere not everybody may mount.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(problem)
    return names


@pytest.fixture
async def gateway(bentos: list[Bento], names: Names, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that knows the name only; the first replica runs and is what it resolves to."""
    names.answer(NAME, bentos[0].host)
    await start(bentos[:1])
    with Gateway(
        f"http://{NAME}:{bentos[0]._port}",
        within=names.within,
        SQLITE_PATH=tmp_path / "comments.db",
        ATTEMPT_SECONDS=ATTEMPT_SECONDS,
    ) as gateway:
        yield gateway


async def start(bentos: Sequence[Bento]) -> None:
    for bento in bentos:
        bento.start()
    for bento in bentos:
        await until(bento.ready, seconds=90)


async def use(load: SteadyLoad, names: Names, bentos: Sequence[Bento]) -> None:
    """Have the name resolve to these, and wait until the gateway uses them all."""
    start = time.monotonic()
    names.answer(NAME, *(bento.host for bento in bentos))
    wanted = {bento.digest for bento in bentos}
    await load.until(lambda: wanted <= who(load.since(start)).keys(), seconds=60)


def who(posted: Sequence[Posted]) -> Counter[str]:
    """How many comments each model classified."""
    return Counter(one.model for one in posted if one.status == 201)


def failed(posted: Sequence[Posted]) -> list[Posted]:
    return [one for one in posted if one.status != 201]


async def test_a_new_replica_is_used_at_once_and_gets_its_share(
    bentos: list[Bento], names: Names, gateway: Gateway
) -> None:
    await start(bentos[1:])
    async with SteadyLoad(gateway.url, RATE) as load:
        await load.more(100)
        for count in (2, 3):
            new = bentos[count - 1].digest
            changed = time.monotonic()
            names.answer(NAME, *(bento.host for bento in bentos[:count]))
            await load.until(lambda new=new: new in who(load.posted), seconds=60)  # type: ignore[misc]
            first = min(one.sent for one in load.posted if one.model == new)
            assert first - changed < 5
            shares = who(await load.more(600))
            for bento in bentos[:count]:
                assert shares[bento.digest] > 0.5 * shares.total() / count
        # One that is named no more gets no more, though it still runs.
        names.answer(NAME, *(bento.host for bento in bentos[1:]))
        changed = time.monotonic()
        await load.until(
            lambda: bentos[0].digest not in who(load.since(time.monotonic() - 1)),
            seconds=RESOLVE_SECONDS + 1 + SLACK_SECONDS,
        )
        await load.more(300)
    assert failed(load.posted) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
@pytest.mark.parametrize("told", [True, False], ids=["the name follows", "the name lags"])
async def test_one_that_ends_fails_no_request(
    bentos: list[Bento], names: Names, gateway: Gateway, number: signal.Signals, told: bool
) -> None:
    await start(bentos[1:])
    async with SteadyLoad(gateway.url, RATE) as load:
        await use(load, names, bentos)
        bentos[1].kill(number)
        ended = time.monotonic()
        if told:
            names.answer(NAME, bentos[0].host, bentos[2].host)
        await load.more(600)
        assert failed(load.posted) == []
        assert set(who(load.since(ended + 1))) == {bentos[0].digest, bentos[2].digest}
        if not told:
            # It comes back at its old address, and nobody says so.
            await start([bentos[1]])
            back = time.monotonic()
            await load.until(lambda: bentos[1].digest in who(load.since(back)), seconds=60)
            first = min(one.sent for one in load.since(back) if one.model == bentos[1].digest)
            assert first - back < MAX_EJECTION_SECONDS + SLACK_SECONDS
    assert failed(load.posted) == []


async def test_one_that_hangs_costs_a_few_and_comes_back(
    bentos: list[Bento], names: Names, gateway: Gateway
) -> None:
    await start(bentos[1:2])
    async with SteadyLoad(gateway.url, RATE) as load:
        await use(load, names, bentos[:2])
        bentos[1].kill(signal.SIGSTOP)
        hung = time.monotonic()
        await load.until(
            lambda: bool(load.since(hung + ATTEMPT_SECONDS + SLACK_SECONDS)), seconds=60
        )
        after = await load.more(600)
        assert failed(after) == []
        assert set(who(after)) == {bentos[0].digest}
        during = [one for one in load.posted if hung - 1 <= one.sent < after[0].sent]
        # What it had taken is asked of the other one when its attempt is over.
        assert failed(during) == []
        assert sum(one.seconds >= ATTEMPT_SECONDS for one in during) <= 64
        bentos[1].kill(signal.SIGCONT)
        back = time.monotonic()
        await load.until(lambda: bentos[1].digest in who(load.since(back)), seconds=60)
        first = min(one.sent for one in load.since(back) if one.model == bentos[1].digest)
        assert first - back < MAX_EJECTION_SECONDS + ATTEMPT_SECONDS + SLACK_SECONDS
        assert failed(await load.more(300)) == []


async def test_all_gone_is_said_fast_and_their_return_is_no_stampede(
    bentos: list[Bento], names: Names, gateway: Gateway
) -> None:
    await start(bentos[1:2])
    async with SteadyLoad(gateway.url, RATE) as load:
        await use(load, names, bentos[:2])
        for bento in bentos[:2]:
            assert bento.process
            bento.process.kill()
        gone = time.monotonic()
        without = await load.more(600)
        refused = [one for one in without if one.status != 201]
        assert {one.status for one in refused} == {503}
        assert all(one.retry_after and int(one.retry_after) >= 1 for one in refused)
        assert failed(load.since(gone + SLACK_SECONDS)) == load.since(gone + SLACK_SECONDS)
        assert sorted(one.seconds for one in refused)[int(0.95 * len(refused))] < 1
        async with httpx.AsyncClient(base_url=gateway.url) as client:
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200
        # One of the two comes back: also then nobody fails for the other for long.
        bentos[0].start()
        began = time.monotonic()
        most = 0

        def watch(count: int) -> bool:
            nonlocal most
            most = max(most, bentos[0].connections())
            return len(who(load.since(began))) >= count

        await load.until(lambda: watch(1), seconds=90)
        before, returned = calls(gateway), time.monotonic()
        await load.until(lambda: watch(1) and time.monotonic() > returned + 1, seconds=10)
        # One call at a time on one connection, at most one for each comment that was waiting or
        # came; who looks whether it is ready has another connection.
        assert calls(gateway) - before <= 2 * RATE
        assert most <= 3
        assert failed(await load.more(300)) == []
        assert bentos[0].connections() <= 3


def calls(gateway: Gateway) -> float:
    """Calls to the Bento so far."""
    name = "valence_model_seconds_count "
    lines = httpx.get(gateway.metrics_url).text.splitlines()
    return float(next(line for line in lines if line.startswith(name)).removeprefix(name))
