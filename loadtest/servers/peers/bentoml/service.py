"""BentoML, https://docs.bentoml.com: as in its first example, and with adaptive batching."""

from __future__ import annotations

from typing import Any

import bentoml

from loadtest.servers.naive import recipe


def answers(predictions: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"sentiment": sentiment, "score": score} for sentiment, score in predictions]


@bentoml.service
class AsDocumented:
    def __init__(self) -> None:
        self.model = recipe.load()

    @bentoml.api
    def sentiment(self, text: str) -> dict[str, Any]:
        return answers(recipe.predict(self.model, [text]))[0]


@bentoml.service(
    workers=1,
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ["."]},
)
class Batching:
    def __init__(self) -> None:
        self.model = recipe.load()

    # The latency is a deadline: requests that exceed it get 503.
    @bentoml.api(batchable=True, max_batch_size=256, max_latency_ms=10_000)
    def sentiment(self, texts: list[str]) -> list[dict[str, Any]]:
        return answers(recipe.predict(self.model, texts))
