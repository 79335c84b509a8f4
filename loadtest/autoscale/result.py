"""The result of `autoscale`: raw samples; `figures` interprets them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from loadtest.reporting.result import Result

KIND = "autoscale"


class Stage(msgspec.Struct, frozen=True):
    """A rate in comments/s, and how long it lasts."""

    rate: float
    seconds: float


class Settings(msgspec.Struct, frozen=True):
    """How a workload is scaled."""

    least: int
    most: int
    target: int
    """Per cent of the CPU that its pods request."""
    cpu: float
    """Cores that a pod requests."""
    behaviour: dict[str, Any]
    """As in the HorizontalPodAutoscaler."""


class Workload(msgspec.Struct, frozen=True):
    """One Deployment at one moment; None is what the cluster did not know."""

    desired: int
    ready: int
    utilisation: int | None
    """Per cent of the requested CPU, as the autoscaler sees it."""
    cpu: float | None
    """Cores that all pods use, by metrics.k8s.io."""
    memory_mb: float | None
    """10^6 bytes that all pods use."""
    restarts: int


class Sample(msgspec.Struct, frozen=True):
    """All scaled workloads, some seconds after the start of the load."""

    second: float
    scaled: dict[str, Workload]


class Event(msgspec.Struct, frozen=True):
    """An event that Kubernetes reported during the run."""

    second: float
    about: str
    reason: str
    message: str
    count: int


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """The outcome of one comment. Times are in seconds from the start of the load."""

    due: float
    seconds: float
    """From then to the answer, or to giving up."""
    status: int
    """0 if there was no answer."""

    @property
    def acknowledged(self) -> bool:
        return self.status == HTTPStatus.CREATED


class Autoscale(Result, frozen=True, kw_only=True):
    """The result of `autoscale`."""

    url: str
    cluster: str
    stages: list[Stage]
    settings: dict[str, Settings]
    """By the name of the workload."""
    answers: list[Answer]
    samples: list[Sample]
    events: list[Event]

    @property
    def seconds(self) -> float:
        """How long the load lasted."""
        return sum(stage.seconds for stage in self.stages)

    def rate(self, second: float) -> float:
        """The rate offered at a time; 0 before and after the load."""
        end = 0.0
        for stage in self.stages:
            end += stage.seconds
            if 0 <= second < end:
                return stage.rate
        return 0.0

    @property
    def lost(self) -> int:
        """Comments that were not acknowledged."""
        return sum(not answer.acknowledged for answer in self.answers)
