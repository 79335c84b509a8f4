"""DetectSentiment and BatchDetectSentiment, with the shapes and errors of Comprehend's API.

https://docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectSentiment.html
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from gateway.comments import Comments
from gateway.errors import UnavailableError
from gateway.model.answers import Classification

__all__ = ["Answer", "ComprehendError", "run", "texts_of"]

TEXT_MAX_BYTES = 5_000
BATCH_MAX_TEXTS = 25
LANGUAGES = frozenset({"ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "pt", "zh", "zh-TW"})
"""That Comprehend knows; the model knows English."""


class ComprehendError(Exception):
    """An exception of the API; its code is the exception's name there."""

    def __init__(
        self, code: str, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Answer(NamedTuple):
    """The answer to a call, and the digests of the artifacts that made it: one, unless a rollout
    fell between two texts of a batch."""

    models: list[str]
    document: dict[str, Any]


def texts_of(operation: str, asked: Any) -> list[str]:
    """The texts of a call. Raises ComprehendError."""
    if not isinstance(asked, dict):
        raise _invalid("The request must be an object.")
    language = asked.get("LanguageCode")
    if not isinstance(language, str):
        raise _invalid("LanguageCode must be given.")
    if language not in LANGUAGES:
        raise _invalid(f"LanguageCode must be one of {', '.join(sorted(LANGUAGES))}.")
    if language != "en":
        raise ComprehendError(
            "UnsupportedLanguageException", f"The language {language} is not supported; en is."
        )
    if operation == "DetectSentiment":
        text = asked.get("Text")
        if not isinstance(text, str) or not text:
            raise _invalid("Text must be a string of at least one character.")
        if is_too_long(text):
            raise _too_long()
        return [text]
    texts = asked.get("TextList")
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise _invalid("TextList must be a list of at least one string.")
    if len(texts) > BATCH_MAX_TEXTS:
        raise ComprehendError(
            "BatchSizeLimitExceededException",
            f"TextList may have {BATCH_MAX_TEXTS} texts, not {len(texts)}.",
        )
    return texts


async def run(operation: str, texts: list[str], comments: Comments) -> Answer:
    """The answer to a call.

    Raises:
        ComprehendError: the model does not answer, or too many texts are waiting.
    """
    errors = {index: error for index, text in enumerate(texts) if (error := _error_of(text))}
    asked = [text for index, text in enumerate(texts) if index not in errors]
    try:
        results = iter(await comments.classify(asked))
    except UnavailableError as error:
        raise ComprehendError("ThrottlingException", str(error)) from None
    answers: dict[int, dict[str, Any]] = {}
    models: list[str] = []
    for index in range(len(texts)):
        if index in errors:
            continue
        result = next(results)
        if isinstance(result, Exception):
            errors[index] = ComprehendError(
                "InternalServerException", str(result), HTTPStatus.INTERNAL_SERVER_ERROR
            )
        else:
            answers[index] = _answer(result)
            if result.model not in models:
                models.append(result.model)
    if operation == "DetectSentiment":
        if errors:
            raise errors[0]
        return Answer(models, answers[0])
    if errors and not answers and all(e.status > HTTPStatus.BAD_REQUEST for e in errors.values()):
        raise next(iter(errors.values()))
    document = {
        "ResultList": [{"Index": index, **answer} for index, answer in sorted(answers.items())],
        "ErrorList": [
            {"Index": index, "ErrorCode": error.code, "ErrorMessage": str(error)}
            for index, error in sorted(errors.items())
        ],
    }
    return Answer(models, document)


def is_too_long(text: str) -> bool:
    """Whether a text has more bytes of UTF-8 than the API allows."""
    return len(text.encode(errors="replace")) > TEXT_MAX_BYTES


def _error_of(text: str) -> ComprehendError | None:
    if not text:
        return _invalid("The text must have at least one character.")
    return _too_long() if is_too_long(text) else None


def _answer(classification: Classification) -> dict[str, Any]:
    prediction = classification.prediction
    probabilities = prediction.probabilities
    assert probabilities is not None  # noqa: S101 - they were asked for
    return {
        "Sentiment": prediction.sentiment.upper(),
        "SentimentScore": {
            "Positive": probabilities.positive,
            "Negative": probabilities.negative,
            "Neutral": probabilities.neutral,
            # The model has no such class.
            "Mixed": 0.0,
        },
    }


def _invalid(message: str) -> ComprehendError:
    return ComprehendError("InvalidRequestException", message)


def _too_long() -> ComprehendError:
    return ComprehendError(
        "TextSizeLimitExceededException", f"A text may have {TEXT_MAX_BYTES:,} bytes of UTF-8."
    )
