"""KServe with a custom model, https://kserve.github.io; batching needs a sidecar in a cluster."""

from __future__ import annotations

from typing import Any

import kserve

from loadtest.servers.naive import recipe


class Sentiment(kserve.Model):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.load()

    def load(self) -> bool:
        self.model = recipe.load()
        self.ready = True
        return self.ready

    def predict(self, payload: dict[str, Any], _: object = None) -> dict[str, Any]:
        predictions = recipe.predict(self.model, payload["instances"])
        return {
            "predictions": [
                {"sentiment": sentiment, "score": score} for sentiment, score in predictions
            ]
        }


if __name__ == "__main__":
    kserve.ModelServer().start([Sentiment("sentiment")])
