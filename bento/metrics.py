"""The Bento's Prometheus metrics, which `python -m bento` serves on a port of their own.

BentoML's own cost more than the model; these take 1 % of the time of a call.
"""

import time
from collections.abc import Collection, Sequence
from http import HTTPMethod

from prometheus_client import Gauge
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import drift
import measures
from bento.model import reference
from bento.model.manifest import Manifest
from bento.model.model import Prediction
from measures import SECONDS, Counts, Distribution

__all__ = ["Calls", "Measured", "export_references"]

BUILD = measures.BUILD
REQUESTS = Distribution(
    "valence_bento_request_duration_seconds",
    "Time from the head of a request to the end of its answer.",
    SECONDS,
    ["method", "route", "status"],
    unit="seconds",
)
MODEL_SECONDS = Distribution(
    "valence_bento_model_duration_seconds",
    "Time that the model took for the texts of one call.",
    (0.0001, 0.00025, 0.0005, *SECONDS),
    ["operation"],
    unit="seconds",
)
BATCH_SIZE = Distribution(
    "valence_bento_batch_texts",
    "Texts in one call.",
    (1, 2, 4, 8, 16, 32, 64, 128, 256),
    ["operation"],
    unit="texts",
)
TEXTS = Counts(
    "valence_bento_texts",
    "Texts by their language (ISO 639-1, or `und`).",
    ["language", "model"],
)
UNKNOWN = Distribution(
    "valence_bento_unknown_words_ratio",
    "Share of a text that training never saw; texts whose share is too large get no opinion.",
    drift.UNKNOWN_WORDS,
    ["model"],
    unit="ratio",
)
REFERENCE = Gauge(
    "valence_bento_reference_ratio",
    "Share of comments in a bin, by measure, in the data that the artifact was trained on, and in"
    " those that today's comments are compared with: held out, or recorded by a gateway.",
    ["data", "measure", "bin", "model"],
    unit="ratio",
)

OPERATIONS = ("sentiment", "classify", "explain")
METHODS = frozenset(HTTPMethod)
OTHER_METHOD = "other"
NO_ROUTE = "none"


class Calls:
    """Counts the model's calls."""

    def __init__(self, model: str) -> None:
        """
        Args:
            model: the digest of the artifact.
        """
        self._model = model
        self._unknown = UNKNOWN.labels(model)
        self._calls = {
            each: (MODEL_SECONDS.labels(each), BATCH_SIZE.labels(each)) for each in OPERATIONS
        }
        measures.announce("bento", model)

    def observe(self, operation: str, results: Sequence[Prediction], seconds: float) -> None:
        """Count a call.

        Args:
            operation: one of OPERATIONS.
            results: one for each text.
            seconds: that the model took.
        """
        durations, sizes = self._calls[operation]
        durations.observe(seconds)
        sizes.observe(len(results))
        model, texts, observe_unknown = self._model, TEXTS.values, self._unknown.observe
        for result in results:
            texts[result.language, model] += 1
            observe_unknown(result.unknown)


def export_references(manifest: Manifest) -> None:
    """Set what the artifact's comments are like, if it says so."""
    for data, counted in manifest.references.items():
        for measure, counts in counted.counts.items():
            for name, share in reference.shares(counts).items():
                REFERENCE.labels(data, measure, name, manifest.digest).set(share)


class Measured:
    """ASGI middleware that measures requests."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        """
        Args:
            app: the service.
            paths: that are served. All others are counted together.
        """
        self._app = app
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        # Of an application that fails before it answers.
        status = 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
            route = scope["path"] if scope["path"] in self._paths else NO_ROUTE
            REQUESTS.labels(method, route, str(status)).observe(time.perf_counter() - started)
