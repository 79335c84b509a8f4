"""Labels that stay few. tests/process/test_metrics.py tests what a running gateway counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from prometheus_client import REGISTRY, Histogram

from gateway import metrics
from gateway.errors import (
    InvalidInputError,
    StoreThrottledError,
    StoreUnavailableError,
    TimedOutError,
    UnavailableError,
)
from gateway.metrics import MAX_MODELS, OTHER


@pytest.fixture
def no_models() -> Iterator[None]:
    """No artifact has answered yet."""

    def forget() -> None:
        metrics._models.clear()
        metrics._answered.clear()
        metrics.PREDICTIONS.values.clear()
        metrics.COMMENT_CHARACTERS._tallies.clear()
        metrics.comment_characters.cache_clear()
        metrics.CORRECTIONS.clear()
        metrics.BUILD.clear()
        metrics.ANSWER_SECONDS._tallies.clear()

    forget()
    metrics.announce()
    yield
    forget()


def digests(family: str) -> set[str]:
    [found] = [each for each in REGISTRY.collect() if each.name == family]
    return {sample.labels["model"] for sample in found.samples}


@pytest.mark.usefixtures("no_models")
def test_however_many_artifacts_answer_few_are_told_apart() -> None:
    assert digests("valence_build") == {""}
    models = [f"sha256:{number:064x}" for number in range(MAX_MODELS + 5)]
    for model in models * 2:
        metrics.model_answered(model, 0.02)
        metrics.predicted("positive", "high", model, 20)
        metrics.corrected("positive", "negative", model)
    assert digests("valence_build") == {*models[:MAX_MODELS]}
    for family in (
        "valence_gateway_predictions",
        "valence_gateway_comment_characters",
        "valence_gateway_corrections",
        "valence_gateway_model_answer_duration_seconds",
    ):
        assert digests(family) == {*models[:MAX_MODELS], OTHER}
    labels = {"sentiment": "positive", "confidence": "high", "model": OTHER}
    assert REGISTRY.get_sample_value("valence_gateway_predictions_total", labels) == 10
    name = "valence_gateway_model_answer_duration_seconds_sum"
    assert REGISTRY.get_sample_value(name, {"model": models[0]}) == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (InvalidInputError("comment", "cannot be stored"), "refused"),
        (StoreThrottledError("more than is allowed"), "throttled"),
        (TimedOutError("no answer"), "timeout"),
        (StoreUnavailableError("down"), "unavailable"),
        (UnavailableError("down"), "unavailable"),
        (asyncio.CancelledError(), "cancelled"),
        (ZeroDivisionError(), "error"),
    ],
)
def test_the_exception_of_a_call_is_its_outcome(error: BaseException | None, outcome: str) -> None:
    seconds = Histogram("seconds", "Of calls.", ["operation", "outcome"], registry=None)
    with (
        pytest.raises(type(error)) if error else nullcontext(),
        metrics.Call(seconds.labels, "get"),
    ):
        if error:
            raise error
    [family] = seconds.collect()
    [count] = [sample for sample in family.samples if sample.name == "seconds_count"]
    assert (count.labels, count.value) == ({"operation": "get", "outcome": outcome}, 1)
