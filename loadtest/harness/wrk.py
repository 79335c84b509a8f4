"""The load generator wrk: a number of connections, each of which posts as soon as it is answered.

https://github.com/wg/wrk; it corrects latencies for coordinated omission by a rule of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec

from loadtest.errors import LoadTestError

SCRIPT = Path(__file__).with_suffix(".lua")
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Body:
    """The JSON of a request: `before`, texts with `between` between them, `after`."""

    before: str
    after: str
    between: str = '","'
    texts: int = 1
    key: bool = False
    """Whether each request gets an Idempotency-Key of its own."""


COMMENT = Body('{"comment":"', '"}')
KEYED_COMMENT = Body('{"comment":"', '"}', key=True)
TEXT = Body('{"text":"', '"}')


class Sample(msgspec.Struct, frozen=True):
    """The figures of one run of wrk."""

    requests: int
    seconds: float
    errors: int
    """Statuses of 400 and above, timeouts, connections that failed or broke."""
    p50_ms: float
    p90_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (self.requests - self.errors) / self.seconds


def check() -> None:
    """Check that wrk is installed.

    Raises:
        LoadTestError: it is not.
    """
    if shutil.which("wrk") is None:
        raise LoadTestError("wrk is missing: install it, for example with `apt install wrk`")


def run(url: str, body: Body, texts: Path, *, connections: int, seconds: float) -> Sample:
    """Load a URL with texts of a file, as `harness.texts` makes it.

    Raises:
        LoadTestError: wrk failed.
    """
    command = [
        *("wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{max(1, round(seconds))}s", "--timeout", f"{TIMEOUT_SECONDS}s"),
        *("--script", str(SCRIPT), url, "--", str(texts)),
        *(body.before, body.between, body.after, str(body.texts)),
        *(uuid.uuid4().hex[:8], "key" if body.key else "no key"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise LoadTestError(f"wrk: {(done.stderr or done.stdout).strip()}")
    return parse(done.stdout)


def parse(output: str) -> Sample:
    """Read the line of JSON with which our script ends wrk's output.

    Raises:
        LoadTestError: there is no such line.
    """
    try:
        return msgspec.json.decode(output.strip().splitlines()[-1], type=Sample)
    except (IndexError, msgspec.MsgspecError):
        raise LoadTestError(f"wrk ended without a result: {output.strip()!r}") from None
