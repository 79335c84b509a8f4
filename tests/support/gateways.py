"""A gateway process for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Self

from processes import Process, answers, free_port, module


class Gateway:
    """The real gateway on a free port; settings are given by their names."""

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
            bento_url: where the Bento is.
            output: where it logs to.
            within: a command that runs the gateway in surroundings of its own.
            port: where it listens; a free one if None.
            settings: by their names.
        """
        port, metrics_port = port or free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
        self.process = Process(
            "the gateway",
            [*within, *module("gateway")],
            output=output,
            environment={
                "GATEWAY_PORT": str(port),
                "METRICS_PORT": str(metrics_port),
                "MICROSERVICE_URL": bento_url,
                **{name: str(value) for name, value in settings.items()},
            },
        )

    def __enter__(self) -> Self:
        try:
            self.process.wait_until(lambda: answers(f"{self.url}/livez"), seconds=30)
        except BaseException:
            self.process.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()
