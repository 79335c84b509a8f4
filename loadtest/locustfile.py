"""Users of Valence, for Locust.

    locust -f loadtest/locustfile.py --host http://127.0.0.1:8000
    locust … --headless --rate 200 --run-time 60 --processes 2
    locust … --headless --rate 1000 --shape ramp
    locust … --headless --users 50 --shape soak --max-failures 0.001 --max-p99 500

The first command serves a web page. Our options (--shape, --rate, --token, --max-failures,
--max-p95, --max-p99; `loadtest/users/options.py`) are on that page and, as LOCUST_RATE and so on,
in the environment; Locust's --help does not list them.

Users mostly post comments: real texts of all lengths, none of them twice. Now and then they read a
comment, list the newest, or send a request that must be refused: then a refusal is a success, and
an acceptance a failure.

How latency is measured. Without --rate, users wait for an answer, pause and go on, so a slow
service gets fewer requests, and latency counts from when a request was sent. Locust's
`constant_throughput` has the same flaw: a user whose answer is late starts the next request at
once, the requests that it missed are never sent, and their wait is in no figure (coordinated
omission). With --rate, requests are due by a Poisson process, like those of many independent users,
and each is sent by the next free user of a pool. Latency counts from when it was due, so the wait
for a free user counts, too; a request that was due and never sent is a failure.

With several workers, each has its share of the rate and of the texts. The thresholds are checked
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
from loadtest.users.visitor import HOST, LOAD, TIMEOUT_SECONDS, Visitor

__all__ = ["Shape", "Visitor"]


@events.init_command_line_parser.add_listener
def _options(parser: Any) -> None:
    options.add(parser)


@events.init.add_listener
def _init(environment: Environment, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    chosen: Any = environment.parsed_options
    # Otherwise stopping would cut off requests in flight without counting them.
    environment.stop_timeout = environment.stop_timeout or TIMEOUT_SECONDS
    if environment.web_ui and not environment.host:
        return
    try:
        options.check(chosen, distributed=isinstance(environment.runner, MasterRunner))
        texts.ensure()
        target.check((environment.host or HOST).rstrip("/"), chosen.token)
    except LoadTestError as error:
        sys.exit(f"locust: {error}")


@events.test_start.add_listener
def _start(environment: Environment, **_: Any) -> None:
    chosen: Any = environment.parsed_options
    runner = environment.runner
    if not isinstance(runner, WorkerRunner):
        # The master sends options that are not Locust's own to the workers.
        chosen.workers = runner.worker_count if isinstance(runner, MasterRunner) else 1
        chosen.seconds = options.seconds(chosen)
        chosen.run = uuid.uuid4().hex[:8]
    if not isinstance(runner, MasterRunner):
        LOAD.start(environment)


@events.test_stopping.add_listener
def _stopping(environment: Environment, **_: Any) -> None:
    if LOAD.arrivals is None:
        return
    now = time.perf_counter() - LOAD.started
    for _request in range(LOAD.arrivals.overdue(now)):
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
    chosen: Any = environment.parsed_options
    knee = getattr(environment.shape_class, "knee", None)
    if environment.stats.total.num_requests == 0 and environment.web_ui:
        return
    if chosen.shape == "ramp" and knee:
        highest = chosen.rate or chosen.num_users
        unit = "requests/s" if chosen.rate else "users"
        held = highest * (knee.held + 1) / shapes.STEPS
        print(f"locust: knee: {held:g} {unit} held", *knee.broken, sep="; ", file=sys.stderr)
        environment.process_exit_code = 1 if knee.held < 0 else 0
        return
    broken = options.thresholds(chosen).broken(counts(environment))
    if environment.runner and environment.runner.exceptions:
        broken.append("a user ended with an exception")
    if broken:
        print(f"locust: failed: {'; '.join(broken)}", file=sys.stderr)
    environment.process_exit_code = int(bool(broken))
