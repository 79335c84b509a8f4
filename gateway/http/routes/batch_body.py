"""The body of `POST /comments/batch`: what is wrong with one comment costs the others nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

import msgspec

import json_body
from gateway.errors import InvalidInputError
from gateway.http import problems
from gateway.records import (
    BATCH_MAX_COMMENTS,
    KEY_MAX_CHARACTERS,
    KEY_PATTERN,
    KEY_RULE,
    NewComment,
)
from problem_details import FieldError, Problem, decode_json, unprocessable

__all__ = ["EXAMPLE_KEY", "Batch", "BatchComment", "decode", "wrong_number"]

QUOTES_OF_A_MEMBER = 4
"""Around its name and its string."""
QUOTES_OF_A_BATCH = 2
"""Around its one name."""


EXAMPLE_KEY = "import-7-row-1"


class BatchComment(NewComment, frozen=True):
    """A comment of a batch."""

    idempotency_key: (
        Annotated[
            str,
            msgspec.Meta(
                min_length=1,
                max_length=KEY_MAX_CHARACTERS,
                pattern=KEY_PATTERN,
                extra={"rule": KEY_RULE},
                description="As the header `Idempotency-Key` of a single comment.",
                examples=[EXAMPLE_KEY],
            ),
        ]
        | None
    ) = None


class Batch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body."""

    comments: Annotated[
        list[BatchComment], msgspec.Meta(min_length=1, max_length=BATCH_MAX_COMMENTS)
    ]


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    comments: list[msgspec.Raw]


_whole = msgspec.json.Decoder(Batch)
_batch = msgspec.json.Decoder(_RawBatch)
_comment = msgspec.json.Decoder(BatchComment)


def decode(body: bytes) -> list[BatchComment | Problem]:
    """The comments, or what is wrong with each.

    Raises:
        Problem: 400 or 422, the batch as a whole cannot be read.
    """
    if (whole := _decode_whole(body)) is not None:
        return [*whole]
    raw = _split(body)
    if not 1 <= len(raw) <= BATCH_MAX_COMMENTS:
        raise wrong_number(len(raw))
    items: list[BatchComment | Problem] = []
    for number, each in enumerate(map(bytes, raw)):
        try:
            comment = decode_json(_comment, each)
            # With the quotes of its members alone, no name can be there twice.
            members = 1 if comment.idempotency_key is None else 2
            if each.count(b'"') > QUOTES_OF_A_MEMBER * members:
                json_body.refuse_repeated_names(each)
            items.append(comment)
        except Exception as error:
            items.append(_of_comment(number, problems.from_error(error)))
    return items


def _decode_whole(body: bytes) -> list[BatchComment] | None:
    """The comments, in a third of the time; None if one may be wrong."""
    try:
        comments = _whole.decode(body).comments
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidInputError):
        return None
    # With the quotes of their members alone, no name is there twice. After two backslashes, a quote
    # may end a string or not.
    members = sum(1 if comment.idempotency_key is None else 2 for comment in comments)
    quotes = body.count(b'"') - body.count(b'\\"')
    is_plain = quotes == QUOTES_OF_A_BATCH + QUOTES_OF_A_MEMBER * members
    return comments if is_plain and b"\\\\" not in body else None


def _of_comment(number: int, problem: Problem) -> Problem:
    """The problem, which names the comment where it is about all of it."""
    if [error.field for error in problem.errors] != ["body"]:
        return problem
    named = FieldError(f"comments[{number}]", problem.errors[0].detail)
    return Problem.of(problem.status, named)


def wrong_number(comments: int) -> Problem:
    """The 422 for a batch of so many comments."""
    return unprocessable(
        "comments", f"must have 1 to {BATCH_MAX_COMMENTS} comments, not {comments}"
    )


def _split(body: bytes) -> Sequence[msgspec.Raw | bytes]:
    """The JSON of each comment. Raises Problem."""
    try:
        comments = decode_json(_batch, body).comments
        # All strings but the one name are those of the comments; a second list would have more.
        if body.count(b'"') > 2 + sum(bytes(each).count(b'"') for each in comments):
            raise unprocessable("comments", "is given twice")
        return comments
    except Problem as problem:
        # Half a surrogate pair is the fault of one comment. Python's decoder lets it pass.
        if problem.status != HTTPStatus.BAD_REQUEST or (split := _split_leniently(body)) is None:
            raise
        return split


def _split_leniently(body: bytes) -> list[bytes] | None:
    """The JSON of each comment; None if it is not half a surrogate pair that is wrong."""
    try:
        batch = json.loads(body, object_pairs_hook=_Members, parse_constant=_refuse)
        if not isinstance(batch, _Members) or [name for name, _ in batch] != ["comments"]:
            return None
        [(_, comments)] = batch
        if not isinstance(comments, list) or isinstance(comments, _Members):
            return None
        if len(comments) > BATCH_MAX_COMMENTS:
            return [b""] * len(comments)  # they are only counted
        return [_encode(comment) for comment in comments]
    except (ValueError, RecursionError):
        return None


class _Members(list[tuple[str, Any]]):
    """An object, in which one name may occur twice."""


def _encode(comment: Any) -> bytes:
    if not isinstance(comment, _Members):
        return json.dumps(comment).encode()
    members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in comment)
    return f"{{{', '.join(members)}}}".encode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
