"""The BentoML service: `POST /sentiment` for one text, `POST /classify` for many, `POST /explain`
for many with the reasons, and `GET /model` for what answers."""

import gc
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Annotated, cast

import bentoml
import msgspec
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import reporting
from bento import description, settings, tracing
from bento.model import artifact
from bento.model.language import load_identifier
from bento.model.manifest import ArtifactError, Manifest
from bento.model.model import Confidence, Model, Prediction, Sentiment
from bento.problems import BODY_SECONDS, Guard, problem_response
from bento.requests import decode_classify_texts, decode_text, decode_texts
from environment import SettingsError
from problem_details import Problem

__all__ = ["Valence", "check", "observe_calls", "service"]

# Classifying a longer body takes milliseconds; a thread does it, so that others need not wait.
_THREAD_MIN_BYTES = 32 * 1024


class Answer(BaseModel):
    """The answer of `/sentiment`."""

    sentiment: Sentiment
    score: Annotated[float, Field(ge=0, le=1, description="Calibrated probability.")]
    confidence: Confidence
    language: Annotated[str, Field(description="ISO 639-1 code, or `und`.")]


class Answers(msgspec.Struct):
    """The answer of `/classify` and `/explain`; `model` is the digest of the artifact."""

    model: str
    results: Sequence[Prediction]  # or one of its subclasses


# All that is served, and how. BentoML's own page, its document and its metrics are not.
PATHS = {
    "/sentiment": "POST",
    "/classify": "POST",
    "/explain": "POST",
    "/model": "GET",
    "/docs.json": "GET",
    "/livez": "GET",
    "/readyz": "GET",
    "/healthz": "GET",
}

_answers = msgspec.json.Encoder()


async def _classify(request: Request) -> Response:
    body = decode_classify_texts(await request.body())
    model: Model = request.app.state.model
    classify = model.distributions if body.probabilities else model.classify
    return await _answer(request, "classify", body.texts, classify)


async def _explain(request: Request) -> Response:
    texts = decode_texts(await request.body())
    return await _answer(request, "explain", texts, request.app.state.model.explain)


async def _answer(
    request: Request,
    operation: str,
    texts: Sequence[str],
    classify: Callable[[Sequence[str]], Sequence[Prediction]],
) -> Response:
    started = time.perf_counter()
    if len(await request.body()) < _THREAD_MIN_BYTES:
        results = classify(texts)
    else:
        results = await run_in_threadpool(classify, texts)
    request.app.state.observe(operation, results, time.perf_counter() - started)
    digest = request.app.state.model.digest
    tracing.note(request.scope, {"valence.batch.size": len(texts), "valence.model.digest": digest})
    content = _answers.encode(Answers(digest, results))
    return Response(content, media_type="application/json")


async def _model(request: Request) -> Response:
    return Response(request.app.state.description, media_type="application/json")


async def _refuse(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101
    return problem_response(problem)


# A Starlette application of its own, because `@bentoml.api` costs more per call than the model.
_batches = Starlette(
    routes=[
        Route("/classify", _classify, methods=["POST"]),
        Route("/explain", _explain, methods=["POST"]),
        Route("/model", _model, methods=["GET"]),
    ],
    exception_handlers={Problem: _refuse},
)


_batches.state.observe = lambda _operation, _results, _seconds: None


def observe_calls(observe: Callable[[str, Sequence[Prediction], float], None]) -> None:
    """Have each call of the model observed.

    Args:
        observe: called with the operation (`sentiment`, `classify` or `explain`), the result for
            each text, and the seconds that the model took.
    """
    _batches.state.observe = observe


def check() -> Manifest:
    """What the artifact says of itself. Ends the process with one line on standard error if the
    service could not answer."""
    try:
        wanted = settings.load()
        folder = Path(wanted.bento_artifact_dir).resolve()
        data = artifact.load(folder, wanted.bento_artifact_digest)
    except (ArtifactError, SettingsError) as error:
        reporting.end("bento", error)
    # BentoML's workers run in another folder, where a relative path would mean another one.
    os.environ["BENTO_ARTIFACT_DIR"] = str(folder)
    return data.manifest


@bentoml.service(
    name="valence",
    workers=1,
    # BentoML keeps a timer of this many seconds for each request, also when it was answered.
    traffic={"timeout": 2 * BODY_SECONDS},
    # Each of these costs more than the model itself; the gateway in front measures and logs, and
    # `bento.tracing` traces.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ["."]},
)
@bentoml.asgi_app(_batches)
class Valence:
    """Sentiment of user comments."""

    def __init__(self) -> None:
        wanted = settings.load()
        data = artifact.load(Path(wanted.bento_artifact_dir), wanted.bento_artifact_digest)
        self._model = Model(data)
        _batches.state.model = self._model
        _batches.state.description = description.encode(data.manifest)
        # A Bento that crashed answers gateways again while it loads: most texts do not need it. A
        # new one is not ready before, or texts would wait for it and gateways refuse comments.
        Thread(target=load_identifier, daemon=True).start()
        # The model stays: searching it for garbage would stop answers for up to 85 ms.
        gc.collect()
        gc.freeze()

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def _check() -> None:
        # BentoML runs this once, before its workers. A worker that fails is restarted for ever.
        check()

    @bentoml.api(route="/sentiment")  # type: ignore[untyped-decorator]
    async def sentiment(self, text: str) -> Answer:
        """The sentiment of one text of at most 100 kB of UTF-8."""
        started = time.perf_counter()
        if len(text.encode()) < _THREAD_MIN_BYTES:
            answers = self._model.classify([text])
        else:
            answers = await run_in_threadpool(self._model.classify, [text])
        [answer] = answers
        _batches.state.observe("sentiment", answers, time.perf_counter() - started)
        return Answer(
            sentiment=answer.sentiment,
            score=answer.score,
            confidence=answer.confidence,
            language=answer.language,
        )

    async def __is_ready__(self) -> bool:
        """Whether the model answers; reported by `/readyz`."""
        await run_in_threadpool(load_identifier)
        return len(self._model.classify(["good"])) == 1


# mypy does not follow the class decorator.
service = cast("bentoml.Service[Valence]", Valence)
service.add_asgi_middleware(Guard, checks={"/sentiment": decode_text}, paths=PATHS)
