"""The bodies of requests, decoded and checked against the limits."""

from http import HTTPStatus

import msgspec

from problem_details import FieldError, Problem, decode_json, unprocessable

__all__ = [
    "MAX_TEXTS",
    "TEXT_MAX_BYTES",
    "ClassifyTexts",
    "Text",
    "Texts",
    "decode_classify_texts",
    "decode_text",
    "decode_texts",
]

TEXT_MAX_BYTES = 100_000
"""Bytes of UTF-8 in one text."""
MAX_TEXTS = 256
"""Texts in one call."""

_TOO_LONG = f"must have at most {TEXT_MAX_BYTES:,} bytes of UTF-8"


class Texts(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `/explain`."""

    texts: list[str]


class ClassifyTexts(Texts, forbid_unknown_fields=True):
    """The body of `/classify`; with `probabilities` each result has those of all classes."""

    probabilities: bool = False


class Text(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `/sentiment`."""

    text: str


_texts = msgspec.json.Decoder(Texts)
_classify_texts = msgspec.json.Decoder(ClassifyTexts)
_text = msgspec.json.Decoder(Text)


def decode_texts(body: bytes) -> list[str]:
    """The texts of an `/explain` body. Raises Problem 400 or 422."""
    return _checked(decode_json(_texts, body).texts)


def decode_classify_texts(body: bytes) -> ClassifyTexts:
    """A `/classify` body. Raises Problem 400 or 422."""
    decoded = decode_json(_classify_texts, body)
    _checked(decoded.texts)
    return decoded


def _checked(texts: list[str]) -> list[str]:
    if not 1 <= len(texts) <= MAX_TEXTS:
        raise unprocessable("texts", f"must have 1 to {MAX_TEXTS} texts, not {len(texts)}")
    errors = [
        FieldError(f"texts[{index}]", _TOO_LONG)
        for index, text in enumerate(texts)
        if _is_too_long(text)
    ]
    if errors:
        raise Problem.of(HTTPStatus.UNPROCESSABLE_ENTITY, *errors)
    return texts


def decode_text(body: bytes) -> str:
    """The text of a `/sentiment` body. Raises Problem 400 or 422."""
    text = decode_json(_text, body).text
    if _is_too_long(text):
        raise unprocessable("text", _TOO_LONG)
    return text


def _is_too_long(text: str) -> bool:
    # No character has more than four bytes: short texts need not be encoded to be measured.
    return len(text) * 4 > TEXT_MAX_BYTES and len(text.encode()) > TEXT_MAX_BYTES
