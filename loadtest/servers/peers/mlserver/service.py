"""MLServer with a custom runtime and adaptive batching, https://mlserver.readthedocs.io."""

from __future__ import annotations

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from loadtest.servers.naive import recipe


class Sentiment(MLModel):
    async def load(self) -> bool:
        self.model = recipe.load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        texts = StringCodec.decode_input(payload.inputs[0])
        predictions = recipe.predict(self.model, texts)
        return InferenceResponse(
            model_name=self.name,
            outputs=[
                StringCodec.encode_output("sentiment", [sentiment for sentiment, _ in predictions]),
                NumpyCodec.encode_output("score", np.array([[score] for _, score in predictions])),
            ],
        )
