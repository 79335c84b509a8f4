"""LitServe with batching, https://lightning.ai/docs/litserve."""

from __future__ import annotations

import argparse
from typing import Any

import litserve

from loadtest.servers.naive import recipe


class Sentiment(litserve.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002
        self.model = recipe.load()

    def decode_request(self, request: dict[str, str]) -> str:
        return request["text"]

    def predict(self, texts: list[str]) -> list[tuple[str, float]]:
        return recipe.predict(self.model, texts)

    def encode_response(self, prediction: tuple[str, float]) -> dict[str, Any]:
        return {"sentiment": prediction[0], "score": prediction[1]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    api = Sentiment(max_batch_size=64, batch_timeout=0.002)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=port, generate_client_file=False)
