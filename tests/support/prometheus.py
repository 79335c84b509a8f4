"""Prometheus itself, which scrapes and evaluates rules."""

from __future__ import annotations

import math
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import yaml

from processes import Process, answers, free_port
from tests.support.promtool import PROMTOOL, Rule

PROMETHEUS = shutil.which("prometheus")
POLL_SECONDS = 0.1
METRICS = "text/plain; version=0.0.4"


class Target(NamedTuple):
    """What is scraped, and the labels that its series get."""

    url: str
    labels: Mapping[str, str]


class Alert(NamedTuple):
    """An alert that fires."""

    name: str
    severity: str


class Prometheus:
    """A Prometheus on a free port of loopback."""

    def __init__(
        self,
        folder: Path,
        targets: list[Target],
        groups: list[Rule],
        history: str = "",
        *,
        jobs: Sequence[Mapping[str, Any]] = (),
        scrape_interval: str = "1s",
        evaluation_interval: str = "1s",
    ) -> None:
        """
        Args:
            folder: for its files.
            targets: that it scrapes.
            groups: of rules, as in a PrometheusRule.
            history: what it knows from before, as OpenMetrics with timestamps.
            jobs: what else it scrapes, as in its configuration.
            scrape_interval: how often it scrapes.
            evaluation_interval: how often it evaluates the rules.
        """
        self.url = f"http://127.0.0.1:{free_port()}"
        scraped = [
            {
                "job_name": f"target-{number}",
                "metrics_path": httpx.URL(target.url).path,
                "static_configs": [
                    {
                        "targets": [httpx.URL(target.url).netloc.decode()],
                        "labels": dict(target.labels),
                    }
                ],
            }
            for number, target in enumerate(targets)
        ]
        document = {
            "global": {
                "scrape_interval": scrape_interval,
                "evaluation_interval": evaluation_interval,
            },
            "rule_files": ["rules.yaml"],
            "scrape_configs": [*scraped, *map(dict, jobs)],
        }
        (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(document))
        if history:
            (folder / "history.txt").write_text(history)
            assert PROMTOOL
            subprocess.run(
                [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", "history.txt", "data"],
                cwd=folder,
                check=True,
                capture_output=True,
            )
        assert PROMETHEUS
        self._log = (folder / "log").open("wb")
        self._process = Process(
            "Prometheus",
            [
                PROMETHEUS,
                "--config.file=prometheus.yaml",
                "--storage.tsdb.path=data",
                f"--web.listen-address={self.url.removeprefix('http://')}",
                "--enable-feature=exemplar-storage",
            ],
            output=self._log,
            cwd=folder,
        )

    def __enter__(self) -> Self:
        try:
            self._process.wait_until(lambda: answers(f"{self.url}/-/ready"), seconds=20)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()
        self._log.close()

    def query(self, expression: str) -> list[float]:
        """The values of an expression now, of which NaN and infinity are left out.

        Raises:
            AssertionError: Prometheus refuses it.
        """
        result = self._get("query", query=expression)["result"]
        return [value for each in result if math.isfinite(value := float(each["value"][1]))]

    def wait_for(self, expression: str, *, seconds: float = 10) -> list[float]:
        """The values of an expression, once there are any; none if there are none in time."""
        deadline = time.monotonic() + seconds
        while not (values := self.query(expression)) and time.monotonic() < deadline:
            self._process.check()
            time.sleep(POLL_SECONDS)
        return values

    def firing(self) -> set[Alert]:
        """The alerts that fire now."""
        alerts = self._get("alerts")["alerts"]
        return {
            Alert(each["labels"]["alertname"], each["labels"]["severity"])
            for each in alerts
            if each["state"] == "firing"
        }

    def exemplars(self, expression: str) -> list[dict[str, Any]]:
        """The exemplars of the last hour that a chart of an expression shows."""
        now = time.time()
        found: list[dict[str, Any]] = self._get(
            "query_exemplars", query=expression, start=now - 3600, end=now
        )
        return [exemplar for series in found for exemplar in series["exemplars"]]

    def rules(self) -> list[dict[str, Any]]:
        """The rules and what came of them, once all have been evaluated."""

        def found() -> list[dict[str, Any]]:
            return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

        self._process.wait_until(
            lambda: all(rule["health"] != "unknown" for rule in found()), seconds=10
        )
        return found()

    def _get(self, what: str, **parameters: str | float) -> Any:
        got = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=10).json()
        assert got["status"] == "success", (got, parameters)
        return got["data"]


@contextmanager
def serving(text: Callable[[], str], media_type: str = METRICS) -> Iterator[str]:
    """The URL of metrics, or of a list of targets.

    Args:
        text: gives them, each time that they are asked for.
        media_type: of the text.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/metrics"
    finally:
        server.shutdown()
        server.server_close()
