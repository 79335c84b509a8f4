"""Users of Valence, for Locust.

    locust -f loadtest/locustfile.py --host http://127.0.0.1:8000
    locust … --headless --rate 200 --run-time 60 --processes 2
    locust … --headless --rate 1000 --shape ramp
    locust … --headless --users 50 --shape soak --max-failures 0.001 --max-p99 500

The first one has a web page. Our options (--shape, --rate, --token, --max-failures, --max-p95,
--max-p99; `loadtest/users/options.py`) are on that page and, as LOCUST_RATE and so on, in the
environment; Locust's --help does not know them.

Most of what they do is posting comments: real texts of all lengths, never one twice. Now and then
they read a comment, list the newest, or send a request that must be refused: a refusal is a
success then, an acceptance a failure.

How latency is measured. Without --rate, users wait for an answer, pause and go on, so a slow
service is asked less often, and latency counts from when a request was sent. Locust's
`constant_throughput` has the same flaw: a user whose answer is late starts the next request at
once, what it missed is never sent, and the wait is in no figure (coordinated omission). With
--rate, requests are due by a Poisson process, as those of many independent users, and each is
taken by the next free user of a pool. Latency counts from when it was due, so time spent waiting
for a free user counts too; what was due and never sent is a failure.

With several workers each has its share of the rate and of the texts. The thresholds are checked
on the master; Locust rounds latencies to two digits.
"""

from __future__ import annotations

import sys
import time
import uuid
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtest.errors import LoadTestError
from loadtest.harness import target, texts
from loadtest.users import options, shapes
from loadtest.users.growth import Shape, counts
from loadtest.users.visitor import HOST, LOAD, PATIENCE_SECONDS, Visitor

__all__ = ["Shape", "Visitor"]


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    options.add(parser)


@events.init.add_listener
def _init(environment: Environment, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    given: Any = environment.parsed_options
    # Else stopping would cut off, and not count, what is under way.
    environment.stop_timeout = environment.stop_timeout or PATIENCE_SECONDS
    if environment.web_ui and not environment.host:
        return
    try:
        options.check(given, distributed=isinstance(environment.runner, MasterRunner))
        texts.ensure()
        target.check((environment.host or HOST).rstrip("/"), given.token)
    except LoadTestError as error:
        sys.exit(f"locust: {error}")


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    given: Any = environment.parsed_options
    runner = environment.runner
    if not isinstance(runner, WorkerRunner):
        # Options that are not Locust's own are sent to the workers.
        given.workers = runner.worker_count if isinstance(runner, MasterRunner) else 1
        given.seconds = options.seconds(given)
        given.run = uuid.uuid4().hex[:8]
    if not isinstance(runner, MasterRunner):
        LOAD.start(environment)


@events.test_stopping.add_listener
def _stopping(environment: Environment, **_: Any) -> None:
    if LOAD.arrivals is None:
        return
    now = time.perf_counter() - LOAD.started
    for _never in range(LOAD.arrivals.overdue(now)):
        environment.events.request.fire(
            request_type="POST",
            name="never sent",
            response_time=None,
            response_length=0,
            exception=LoadTestError("due, but all users were busy"),
            context={},
        )


@events.quitting.add_listener
def _quitting(environment: Environment, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    given: Any = environment.parsed_options
    knee = getattr(environment.shape_class, "knee", None)
    if environment.stats.total.num_requests == 0 and environment.web_ui:
        return
    if given.shape == "ramp" and knee:
        highest = given.rate or given.num_users
        unit = "requests/s" if given.rate else "users"
        held = highest * (knee.held + 1) / shapes.STEPS
        print(f"locust: knee: {held:g} {unit} held", *knee.broken, sep="; ", file=sys.stderr)
        environment.process_exit_code = 1 if knee.held < 0 else 0
        return
    broken = options.thresholds(given).broken(counts(environment))
    if environment.runner and environment.runner.exceptions:
        broken.append("a user ended with an exception")
    if broken:
        print(f"locust: failed: {'; '.join(broken)}", file=sys.stderr)
    environment.process_exit_code = int(bool(broken))
