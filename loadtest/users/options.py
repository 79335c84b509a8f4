"""The options that the Locust file adds to Locust's own."""

from __future__ import annotations

import math
from typing import Any

from loadtest.errors import LoadTestError
from loadtest.users.shapes import SECONDS, STEPS
from loadtest.users.thresholds import Thresholds

LEAST_STEP_SECONDS = 9.0


def add(parser: Any) -> None:
    """Add them to Locust's command line parser; each can be an environment variable, too."""

    def option(name: str, kind: type, default: object, text: str, **more: Any) -> None:
        variable = "LOCUST_" + name.upper().replace("-", "_")
        parser.add_argument(
            f"--{name}", type=kind, default=default, env_var=variable, help=text, **more
        )

    lengths = ", ".join(f"{name} {seconds:g} s" for name, seconds in SECONDS.items())
    option("shape", str, "steady", f"Load against time: {lengths}, or --run-time.",
           choices=list(SECONDS))  # fmt: skip
    option("rate", float, 0.0, "Highest rate in requests a second, whether or not the service"
           " keeps up; latency counts from when each was due. 0: as many users as --users says,"
           " with pauses.")  # fmt: skip
    # Not on the web page, which would show the value from the environment.
    option(
        "token", str, "", "Token with the roles submit, read and correct.", include_in_web_ui=False
    )
    option("max-failures", float, 0.0, "Share of requests that may fail; else the exit code is 1.")
    option("max-p95", float, 0.0, "Milliseconds that 95 %% of comments may take; 0: any.")
    option("max-p99", float, 250.0, "Milliseconds that 99 %% of comments may take; 0: any.")


def check(options: Any, *, distributed: bool) -> None:
    """Check that the options can be followed.

    Raises:
        LoadTestError: they cannot.
    """
    if not (math.isfinite(options.rate) and options.rate >= 0):
        raise LoadTestError(f"--rate {options.rate:g}: must be 0 or more")
    least = STEPS * LEAST_STEP_SECONDS
    if options.shape == "ramp" and distributed and seconds(options) < least:
        raise LoadTestError(
            f"--run-time {seconds(options):g}: workers report every three seconds, so a ramp"
            f" of {STEPS} steps must last {least:g} s or more"
        )


def thresholds(options: Any) -> Thresholds:
    """The thresholds that the options set."""
    return Thresholds(options.max_failures, options.max_p95, options.max_p99)


def seconds(options: Any) -> float:
    """How long the shape lasts."""
    return float(options.run_time or SECONDS[options.shape])
