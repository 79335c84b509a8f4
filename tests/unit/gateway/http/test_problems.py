"""The gateway's errors as problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
import pytest

from gateway import errors
from gateway.http import problems
from gateway.ledger.store import RecordRefusedError
from problem_details import Problem


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (errors.InvalidInputError("cursor", "is old"), 422, "cursor: is old"),
        (RecordRefusedError(), 422, "comment: cannot be stored"),
        (errors.KeyReusedError(), 422, "Idempotency-Key: was used for another comment"),
        (errors.NotFoundError("x"), 404, "there is no comment x"),
        (errors.UnavailableError("busy"), 503, "busy"),
        (errors.StoreUnavailableError("full"), 503, "full"),
        (errors.TimedOutError("late"), 504, "late"),
        (ValueError("secret"), 500, "unexpected error; it was logged"),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, detail: str) -> None:
    problem = problems.from_error(error)
    assert (problem.status, problem.detail) == (status, detail)


def test_every_error_of_the_core_is_translated() -> None:
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.GatewayError)
    } - {errors.GatewayError}
    for kind in kinds:
        arguments = {
            errors.InvalidInputError: ("field", "detail"),
            errors.KeyReusedError: (),
        }.get(kind, ("detail",))
        problem = problems.from_error(kind(*arguments))
        assert problem.status != HTTPStatus.INTERNAL_SERVER_ERROR, kind


@pytest.mark.parametrize("timed_out", [False, True])
def test_retryable_problems_say_when(timed_out: bool) -> None:
    problem = problems.unavailable("not now", timed_out=timed_out)
    assert int(problem.headers["Retry-After"]) >= 1


def test_only_unexpected_errors_are_logged_with_a_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "_next_warning", {})
    problems.from_error(errors.NotFoundError("x"))
    assert not caplog.records
    problems.from_error(errors.UnavailableError("busy"))
    problems.from_error(ZeroDivisionError())
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]
    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


def test_equal_outages_are_logged_seldom(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "_next_warning", {})
    for _ in range(1_000):
        problems.from_error(errors.UnavailableError("busy"))
    problems.from_error(errors.UnavailableError("another reason"))
    problems.from_error(errors.TimedOutError("busy"))
    assert [record.getMessage() for record in caplog.records] == [
        "answered with 503: busy",
        "answered with 503: another reason",
        "answered with 504: busy",
    ]


def test_the_answer_is_the_problem_s_document() -> None:
    error = Problem(HTTPStatus.CONFLICT, "taken", headers={"X-One": "1"})
    response = problems.on_error(None, error)  # type: ignore[arg-type]
    assert response.status_code == HTTPStatus.CONFLICT
    assert response.media_type == "application/problem+json"
    assert response.headers["X-One"] == "1"
    assert msgspec.json.decode(response.content)["detail"] == "taken"
