"""The gateway's Prometheus metrics.

Names are `valence_gateway_…`, so that those of the Bento, which also has requests, are never summed
with them by mistake. Each value of a label stays for ever, so all labels have few values: a route
is a pattern, a method or digest that is not known is `other`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Self

from prometheus_client import Counter, Gauge, Histogram

import drift
import measures
from gateway.errors import InvalidInputError, StoreThrottledError, TimedOutError, UnavailableError
from measures import SECONDS, Counts, Distribution

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
MAX_MODELS = 32
"""Digests that labels tell apart."""
OTHER = "other"


def _counter(name: str, documentation: str, label: str, values: tuple[str, ...]) -> Counter:
    """A counter whose values of a label begin at 0, so that the first event is an increase."""
    counter = Counter(name, documentation, [label])
    for value in values:
        counter.labels(value)
    return counter


BUILD = measures.BUILD
REQUESTS = Histogram(
    "valence_gateway_request_duration_seconds",
    "Time from the head of a request to the end of its answer.",
    ["method", "route", "status"],
    unit="seconds",
    buckets=SECONDS,
)
SHED = _counter(
    "valence_gateway_shed_total",
    "Requests refused because too many of their kind were waiting.",
    "work",
    ("comments", "listing", "export"),
)
IN_PROGRESS = Gauge(
    "valence_gateway_in_progress",
    "Comments, calls to the Bento (classify) and to the store (record), listings and exports that"
    " are under way.",
    ["work"],
)
IN_PROGRESS_LIMIT = Gauge(
    "valence_gateway_in_progress_limit", "The most that may be under way at once.", ["work"]
)
QUEUE = Gauge(
    "valence_gateway_queue_length",
    "Comments, or reads for listings and exports, that wait for their turn.",
    ["queue"],
)
QUEUE_LIMIT = Gauge("valence_gateway_queue_limit", "The most that may wait.", ["queue"])
QUEUE_SECONDS = Histogram(
    "valence_gateway_queue_wait_seconds",
    "Time that the first of a batch waited for its call, or a listing for its turn.",
    ["queue"],
    unit="seconds",
    buckets=SECONDS,
)
BATCH_SIZE = Histogram(
    "valence_gateway_batch_comments",
    "Comments in one call.",
    ["queue"],
    unit="comments",
    buckets=_SIZES,
)
MODEL_SECONDS = Histogram(
    "valence_gateway_model_call_duration_seconds",
    "Time of one call to the Bento.",
    ["operation", "outcome"],
    unit="seconds",
    buckets=SECONDS,
)
ANSWER_SECONDS = Distribution(
    "valence_gateway_model_answer_duration_seconds",
    "Time of one call to the Bento that classified texts, by the artifact that answered.",
    SECONDS,
    ["model"],
    unit="seconds",
)
RETRIES = Counter("valence_gateway_model_retries_total", "Calls to the Bento that were repeated.")
REPLICAS = Gauge(
    "valence_gateway_model_replicas", "Known replicas of the Bento; ejected ones failed.", ["state"]
)
STORE_SECONDS = Histogram(
    "valence_gateway_store_call_duration_seconds",
    "Time of one call to the store, with its retries.",
    ["operation", "outcome"],
    unit="seconds",
    buckets=SECONDS,
)
STORE_RETRIES = _counter(
    "valence_gateway_store_retries_total",
    "Calls to DynamoDB that were repeated, because it throttled them or did not answer.",
    "reason",
    ("throttled", "unavailable"),
)
PREDICTIONS = Counts(
    "valence_gateway_predictions",
    "Comments classified and recorded.",
    ["sentiment", "confidence", "model"],
)
COMMENT_CHARACTERS = Distribution(
    "valence_gateway_comment_characters",
    "Length of a comment that was recorded.",
    drift.CHARACTERS,
    ["model"],
    unit="characters",
)
CORRECTIONS = Counter(
    "valence_gateway_corrections_total",
    "Corrections of records: what the model said, and what a person says.",
    ["sentiment", "correction", "model"],
)
TOKEN_REFUSALS = _counter(
    "valence_gateway_token_refusals_total",
    "Requests refused for their token.",
    "reason",
    ("missing", "unknown", "expired", "role", "rate"),
)
OUTAGE = Gauge(
    "valence_gateway_outage",
    "Whether the store or the model is known to be out: its last call failed or has no answer.",
    ["part"],
)
LAST_STORED = Gauge(
    "valence_gateway_last_stored_timestamp_seconds",
    "When this gateway stored a comment last; 0: not since it started.",
    unit="seconds",
)
READY = Gauge("valence_gateway_ready", "Whether this gateway has started and is not shutting down.")

# Looking up the child of a metric by its labels takes longer than counting.
requests = cache(REQUESTS.labels)
queue_seconds = cache(QUEUE_SECONDS.labels)
batch_size = cache(BATCH_SIZE.labels)
model_seconds = cache(MODEL_SECONDS.labels)
store_seconds = cache(STORE_SECONDS.labels)
comment_characters = cache(COMMENT_CHARACTERS.labels)


def predicted(sentiment: str, confidence: str, model: str, characters: int) -> None:
    """Count a prediction for a comment of this length."""
    model = _known(model)
    PREDICTIONS.values[sentiment, confidence, model] += 1
    comment_characters(model).observe(characters)


def corrected(sentiment: str, correction: str, model: str) -> None:
    """Count a correction."""
    CORRECTIONS.labels(sentiment, correction, _known(model)).inc()


_models: set[str] = set()
_answered: set[str] = set()


def _known(model: str) -> str:
    """The digest, or OTHER if it is one too many."""
    if model not in _models:
        if len(_models) >= MAX_MODELS:
            return OTHER
        _models.add(model)
    return model


def announce() -> None:
    """Tell in BUILD which code runs, before any artifact has answered."""
    measures.announce("gateway")


def model_answered(model: str, seconds: float) -> None:
    """Count an answer of the Bento, which took some seconds, and add its artifact to those in
    BUILD."""
    ANSWER_SECONDS.labels(_known(model)).observe(seconds)
    if model in _answered or len(_answered) >= MAX_MODELS:
        return
    if not _answered:
        BUILD.remove("gateway", "")
    _answered.add(model)
    measures.announce("gateway", model)


class Call:
    """Measures a call in its block, whose exception tells the outcome unless `outcome` is set."""

    def __init__(self, seconds: Callable[[str, str], Histogram], operation: str) -> None:
        """
        Args:
            seconds: where to count calls of an operation with an outcome.
            operation: what is called.
        """
        self._counted = seconds
        self._operation = operation
        self.outcome = ""
        self.seconds = 0.0
        """How long it took, once the block has ended."""

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._started
        outcome = self.outcome or outcome_of(error)
        self._counted(self._operation, outcome).observe(self.seconds)


def outcome_of(error: BaseException | None) -> str:
    """The label of how a call ended."""
    match error:
        case None:
            return "ok"
        case InvalidInputError():
            return "refused"
        case StoreThrottledError():
            return "throttled"
        case TimedOutError():
            return "timeout"
        case UnavailableError():
            return "unavailable"
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return "error"
