"""A gateway process for tests."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import IO, Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from processes import Process, answers, free_port, module


class Gateway:
    """The real gateway on a free port of loopback; its store is a new SQLite file by default."""

    def __init__(
        self,
        bento_url: str,
        *,
        output: IO[bytes] | None = None,
        within: Sequence[str] = (),
        port: int | None = None,
        **settings: object,
    ) -> None:
        """
        Args:
            bento_url: base URL of the Bento.
            output: receives the gateway's log; the test's own output if None.
            within: a command that runs the gateway in an environment of its own.
            port: the port to listen on; a free one if None.
            settings: environment variables.
        """
        self._folder = tempfile.TemporaryDirectory()
        port, metrics_port = port or free_port(), free_port()
        self.address = ("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}"
        self.metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
        self.process = Process(
            "the gateway",
            [*within, *module("gateway")],
            output=output,
            environment={
                "GATEWAY_PORT": str(port),
                "GATEWAY_METRICS_PORT": str(metrics_port),
                "MICROSERVICE_URL": bento_url,
                "GATEWAY_SQLITE_PATH": f"{self._folder.name}/comments.db",
                **{name: str(value) for name, value in settings.items()},
            },
        )

    def __enter__(self) -> Self:
        try:
            self.process.wait_until(lambda: answers(f"{self.url}/livez"), seconds=30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()
        self._folder.cleanup()

    def samples(self) -> dict[tuple[str, ...], float]:
        """The value of each sample of its metrics, by name and `label=value`, sorted."""
        families = text_string_to_metric_families(httpx.get(self.metrics_url).text)
        return {
            (sample.name, *sorted(f"{label}={value}" for label, value in sample.labels.items())): (
                sample.value
            )
            for family in families
            for sample in family.samples
        }
