"""The BentoML service: `POST /sentiment` for one text, `POST /classify` for many, and
`POST /explain` for many with the reasons."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, cast

import bentoml
import msgspec
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bento import settings
from bento.model import artifact
from bento.model.model import Confidence, Model, Prediction, Sentiment
from bento.problems import Guard, ProblemError, problem_response
from bento.requests import decode_text, decode_texts

__all__ = ["Valence", "check", "service"]

# Bytes of JSON from which on classifying takes milliseconds and would keep others waiting.
_LARGE = 32 * 1024


class Answer(BaseModel):
    """What `/sentiment` answers."""

    sentiment: Sentiment
    score: Annotated[float, Field(ge=0, le=1, description="Calibrated probability.")]
    confidence: Confidence


class Answers(msgspec.Struct):
    """What `/classify` and `/explain` answer; `model` is the digest of the artifact."""

    model: str
    results: Sequence[Prediction]


_answers = msgspec.json.Encoder()


async def _classify(request: Request) -> Response:
    return await _answer(request, request.app.state.model.classify)


async def _explain(request: Request) -> Response:
    return await _answer(request, request.app.state.model.explain)


async def _answer(
    request: Request, judge: Callable[[Sequence[str]], Sequence[Prediction]]
) -> Response:
    body = await request.body()
    texts = decode_texts(body)
    results = judge(texts) if len(body) < _LARGE else await run_in_threadpool(judge, texts)
    content = _answers.encode(Answers(request.app.state.model.digest, results))
    return Response(content, media_type="application/json")


async def _refuse(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)  # noqa: S101
    return problem_response(problem)


# A Starlette application of its own, because `@bentoml.api` costs more per call than the model.
_batches = Starlette(
    routes=[
        Route("/classify", _classify, methods=["POST"]),
        Route("/explain", _explain, methods=["POST"]),
    ],
    exception_handlers={ProblemError: _refuse},
)


def check() -> None:
    """Stop the start with one line on standard error where the service could not answer."""
    try:
        folder = Path(settings.read().artifact_dir).resolve()
        artifact.load(folder)
    except (artifact.ArtifactError, settings.SettingsError) as error:
        sys.exit(f"valence: {error}")
    # BentoML's workers run in another folder than the one a relative path was meant for.
    os.environ["ARTIFACT_DIR"] = str(folder)


@bentoml.service(
    name="valence",
    workers=1,
    # Each of these costs more than the model itself; the gateway in front measures and logs.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ["."]},
)
@bentoml.asgi_app(_batches)
class Valence:
    """Sentiment of user comments."""

    def __init__(self) -> None:
        self._model = Model.load(Path(settings.read().artifact_dir))
        _batches.state.model = self._model
        # What is loaded stays: looking for garbage in it would stop answers for up to 85 ms.
        gc.collect()
        gc.freeze()

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def _check() -> None:
        # BentoML runs this once, before it starts workers, which it would start again and again.
        check()

    @bentoml.api(route="/sentiment")  # type: ignore[untyped-decorator]
    async def sentiment(self, text: str) -> Answer:
        """The sentiment of one text of at most 100 kB of UTF-8."""
        [answer] = self._model.classify([text])
        return Answer(sentiment=answer.sentiment, score=answer.score, confidence=answer.confidence)

    async def __is_ready__(self) -> bool:
        """What `/readyz` tells: whether the model answers."""
        return len(self._model.classify(["good"])) == 1


# mypy does not see what a class decorator makes of a class.
service = cast("bentoml.Service[Valence]", Valence)
service.add_asgi_middleware(Guard, checks={"/sentiment": decode_text})
