"""The bodies of requests, decoded and checked; whatever is wrong with one is named."""

import re
from typing import Any

import msgspec

from bento.problems import ProblemError

__all__ = ["MAX_TEXT", "MAX_TEXTS", "decode_text", "decode_texts"]

MAX_TEXT = 100_000
"""Bytes of UTF-8 one text may have."""
MAX_TEXTS = 256
"""Texts one call may have."""


class _Texts(msgspec.Struct, forbid_unknown_fields=True):
    texts: list[str]


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    text: str


_texts = msgspec.json.Decoder(_Texts)
_text = msgspec.json.Decoder(_Text)
_WHERE = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_UNKNOWN = re.compile(r"unknown field `(.*)`", re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_TYPE = re.compile(r"`(\w+)`")
_TYPES = {
    "array": "an array",
    "bool": "a boolean",
    "float": "a number",
    "int": "a number",
    "object": "an object",
    "str": "a string",
}
_MISSING = re.compile(r"missing required field `(.*)`")


def decode_texts(body: bytes) -> list[str]:
    """The texts of a `/classify` or `/explain` body. Raises ProblemError 400 or 422."""
    texts: list[str] = _decode(_texts, body).texts
    if not 1 <= len(texts) <= MAX_TEXTS:
        raise _unprocessable("texts", f"must have 1 to {MAX_TEXTS} texts, not {len(texts)}")
    errors = [(f"texts[{index}]", _TOO_LONG) for index, text in enumerate(texts) if _too_long(text)]
    if errors:
        raise ProblemError(422, f"{errors[0][0]} {errors[0][1]}.", *errors)
    return texts


def decode_text(body: bytes) -> str:
    """The text of a `/sentiment` body. Raises ProblemError 400 or 422."""
    text: str = _decode(_text, body).text
    if _too_long(text):
        raise _unprocessable("text", _TOO_LONG)
    return text


_TOO_LONG = f"may have at most {MAX_TEXT:,} bytes of UTF-8"


def _too_long(text: str) -> bool:
    # No character has more than four bytes: short texts need not be encoded to be measured.
    return len(text) * 4 > MAX_TEXT and len(text.encode()) > MAX_TEXT


def _decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec calls half a surrogate pair at the end of a string truncated input.
        hint = " (are \\ud800 to \\udfff paired?)" if _SURROGATE.search(body) else ""
        raise ProblemError(400, f"The body is not valid JSON: {error}{hint}.") from None


def _explain(message: str) -> ProblemError:
    if unknown := _UNKNOWN.search(message):
        return _unprocessable(unknown[1][:100], "is not a known field")
    if missing := _MISSING.search(message):
        return _unprocessable(missing[1], "is missing")
    where = _WHERE.search(message)
    reason = message[: where.start()] if where else message
    if reason.startswith("Expected"):
        reason = reason.replace("Expected", "must be").replace("got", "not")
        reason = _TYPE.sub(lambda name: _TYPES.get(name[1], name[1]), reason)
    else:
        reason = f"is refused: {reason}"
    return _unprocessable(where[1] if where and where[1] else "body", reason)


def _unprocessable(field: str, detail: str) -> ProblemError:
    return ProblemError(422, f"{field} {detail}.", (field, detail))
