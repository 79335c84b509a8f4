"""The two coalescers of a comment's way: one before the model, one before the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway import metrics
from gateway.coalescer import Coalescer
from gateway.ledger.store import Store
from gateway.model.transport import MAX_CHARACTERS, MAX_TEXTS
from gateway.settings import Settings
from gateway.waiting import BatchCall, Item, Result, weightless

# Many times the duration of a call that works.
MAX_PAUSE_SECONDS = 0.05

Observe = Callable[[int, float], None]


def not_observed(_size: int, _waited: float) -> None:
    """Ignore a batch."""


def before_model(
    call: BatchCall[Item, Result],
    settings: Settings,
    observe: Observe = not_observed,
    characters: Callable[[Item], int] = weightless,
) -> Coalescer[Item, Result]:
    """Batches of texts. Their calls pause, so that the Bento's CPU follows the load.

    Args:
        call: classifies a batch.
        settings: of the gateway.
        observe: called for each batch.
        characters: the length of a text.
    """
    return Coalescer(
        call,
        max_batch=MAX_TEXTS,
        max_queue=settings.gateway_max_requests,
        max_wait=settings.gateway_max_queue_seconds,
        min_items=settings.batch_min_comments,
        pause_factor=settings.batch_pause_factor,
        max_pause=MAX_PAUSE_SECONDS,
        observe=observe,
        stage="classify",
        weigh=characters,
        max_weight=MAX_CHARACTERS,
    )


def before_store(
    call: BatchCall[Item, Result],
    store: type[Store] | Store,
    settings: Settings,
    observe: Observe = not_observed,
) -> Coalescer[Item, Result]:
    """Batches of records, as many at once and as large as the store accepts."""
    return Coalescer(
        call,
        max_batch=store.max_batch,
        max_queue=settings.gateway_max_requests,
        max_wait=settings.gateway_max_queue_seconds,
        max_calls=store.max_calls,
        observe=observe,
        stage="record",
    )


def watch(queue: str, coalescer: Coalescer[Any, Any], settings: Settings) -> None:
    """Have the metrics of a queue show this coalescer."""
    metrics.QUEUE.labels(queue).set_function(lambda: len(coalescer))
    metrics.QUEUE_LIMIT.labels(queue).set(settings.gateway_max_requests)
    metrics.IN_PROGRESS.labels(queue).set_function(lambda: coalescer.calls)
    metrics.IN_PROGRESS_LIMIT.labels(queue).set_function(lambda: coalescer.max_calls)


def observe(queue: str, size: int, waited: float) -> None:
    """Count a batch of a queue."""
    metrics.batch_size(queue).observe(size)
    metrics.queue_seconds(queue).observe(waited)
