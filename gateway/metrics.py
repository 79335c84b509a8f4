"""The gateway's Prometheus metrics."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

# Finest where an interactive request should lie, up to the time limit of 10 s.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

REQUESTS = Histogram(
    "valence_request_seconds",
    "Time from the head of a request to the end of its answer.",
    ["method", "route", "status"],
    buckets=_SECONDS,
)
PREDICTIONS = Counter(
    "valence_predictions_total",
    "Comments classified and recorded.",
    ["sentiment", "confidence", "model"],
)
SHED = Counter("valence_shed_total", "Comments refused because too many were waiting.")
RETRIES = Counter("valence_retries_total", "Retried calls to the Bento.")
BATCH_SIZE = Histogram("valence_batch_size", "Comments in one call.", ["stage"], buckets=_SIZES)
QUEUE_SECONDS = Histogram(
    "valence_queue_seconds",
    "Time that the first comment of a batch waited for its call.",
    ["stage"],
    buckets=_SECONDS,
)
QUEUE = Gauge("valence_queue_length", "Comments waiting for a call.", ["stage"])
MODEL_SECONDS = Histogram(
    "valence_model_seconds", "Time of one call to the Bento.", buckets=_SECONDS
)
STORE_SECONDS = Histogram(
    "valence_store_seconds", "Time of one write to the store.", buckets=_SECONDS
)
OUTAGE = Gauge(
    "valence_outage",
    "Whether the store or the model is known to be out: its last call failed or has no answer.",
    ["part"],
)
LAST_STORED = Gauge(
    "valence_last_stored_timestamp_seconds",
    "When this gateway stored a comment last; 0: not since it started.",
)
READY = Gauge("valence_ready", "Whether this gateway has started and is not shutting down.")
REPLICAS = Gauge("valence_replicas", "Usable replicas of the Bento.")

# Looking up the child of a metric by its labels takes longer than counting.
requests = cache(REQUESTS.labels)
predictions = cache(PREDICTIONS.labels)
