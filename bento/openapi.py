"""The OpenAPI document of the Bento, from the types of its requests and answers."""

from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from bento.description import Description
from bento.model.model import Explanation, Prediction, Probabilities
from bento.requests import MAX_TEXTS, ClassifyTexts, Text, Texts
from problem_details import MEDIA_TYPE, ProblemDetails

__all__ = ["describe"]

EXAMPLE = "This is a fantastic project and it works perfectly!"


class Sentiment(msgspec.Struct):
    """The answer of `/sentiment`."""

    sentiment: str
    score: float
    confidence: str
    language: str


class Result(Prediction, frozen=True):
    """The answer for one text, with the probabilities of all classes if they were asked for."""

    probabilities: Probabilities | msgspec.UnsetType = msgspec.UNSET


class Predictions(msgspec.Struct):
    """The answer of `/classify`; `model` is the digest of the artifact."""

    model: str
    results: list[Result]


class Explanations(msgspec.Struct):
    """The answer of `/explain`; `model` is the digest of the artifact."""

    model: str
    results: list[Explanation]


_TYPES = (
    Text,
    Texts,
    ClassifyTexts,
    Sentiment,
    Predictions,
    Explanations,
    Description,
    ProblemDetails,
)


@cache
def describe() -> bytes:
    """The document, as JSON."""
    _, schemas = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    texts = {"texts": [EXAMPLE]}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Valence Bento", "version": "1"},
        "paths": {
            "/sentiment": _post("Classify one text", "Text", {"text": EXAMPLE}, "Sentiment"),
            "/classify": _post(
                f"Classify up to {MAX_TEXTS} texts",
                "ClassifyTexts",
                {**texts, "probabilities": True},
                "Predictions",
            ),
            "/explain": _post(f"Explain up to {MAX_TEXTS} texts", "Texts", texts, "Explanations"),
            "/model": _get("Describe the model", "Description"),
            "/livez": _probe("Whether the process runs"),
            "/healthz": _probe("Whether the process runs"),
            "/readyz": _probe("Whether the model answers"),
        },
        "components": {"schemas": schemas},
    }
    return msgspec.json.encode(document)


def _post(summary: str, request: str, example: object, answer: str) -> dict[str, Any]:
    responses = {"200": _content("The answer.", "application/json", answer)}
    for status in (400, 408, 413, 415, 422):
        responses[str(status)] = _content(HTTPStatus(status).phrase, MEDIA_TYPE, "ProblemDetails")
    content = {"schema": _reference(request), "example": example}
    body = {"required": True, "content": {"application/json": content}}
    return {"post": {"summary": summary, "requestBody": body, "responses": responses}}


def _get(summary: str, answer: str) -> dict[str, Any]:
    responses = {"200": _content("The answer.", "application/json", answer)}
    return {"get": {"summary": summary, "responses": responses}}


def _probe(summary: str) -> dict[str, Any]:
    responses = {"200": {"description": "It does."}, "503": {"description": "It does not."}}
    return {"get": {"summary": summary, "responses": responses}}


def _content(description: str, media_type: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": _reference(schema)}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
