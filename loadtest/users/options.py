"""The options that the Locust file adds to Locust's own."""

from __future__ import annotations

from typing import Any

from loadtest.users.shapes import SECONDS
from loadtest.users.thresholds import Thresholds


def add(parser: Any) -> None:
    """To Locust's parser of the command line; each can be an environment variable too."""

    def option(name: str, kind: type, default: object, text: str, **more: Any) -> None:
        variable = "LOCUST_" + name.upper().replace("-", "_")
        parser.add_argument(
            f"--{name}", type=kind, default=default, env_var=variable, help=text, **more
        )

    lengths = ", ".join(f"{name} {seconds:g} s" for name, seconds in SECONDS.items())
    option("shape", str, "steady", f"How load goes with time: {lengths}, or --run-time.",
           choices=list(SECONDS))  # fmt: skip
    option("rate", float, 0.0, "Highest rate of requests a second, whether or not the service"
           " keeps up; latency counts from when each was due. 0: users with pauses, as many as"
           " --users says.")  # fmt: skip
    option("token", str, "", "Token with the roles submit and read.", is_secret=True)
    option("max-failures", float, 0.0, "Share of requests that may fail; beyond: exit code 1.")
    option("max-p95", float, 0.0, "Milliseconds that 95 %% of comments may take; 0: any.")
    option("max-p99", float, 250.0, "Milliseconds that 99 %% of comments may take; 0: any.")


def thresholds(options: Any) -> Thresholds:
    """Those that were asked for."""
    return Thresholds(options.max_failures, options.max_p95, options.max_p99)


def seconds(options: Any) -> float:
    """How long the shape lasts."""
    return float(options.run_time or SECONDS[options.shape])
