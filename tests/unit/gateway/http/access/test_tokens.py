from __future__ import annotations

import datetime as dt
import hashlib
import logging
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.access import audit, tokens
from gateway.http.access.tokens import ANYONE, Caller, Role, Tokens, TokensError
from problem_details import Problem

DIGEST = hashlib.sha256(b"secret").hexdigest()


def refused(known: Tokens, authorization: str | None, role: Role) -> Problem:
    with pytest.raises(Problem) as refusal:
        known.require(authorization, role)
    return refusal.value


def test_without_tokens_everybody_may_do_everything() -> None:
    assert not Tokens()
    assert not Tokens("# none yet\n\n")
    for role in Role:
        assert Tokens().require(None, role) is ANYONE


@given(st.sets(st.sampled_from(Role), min_size=1), st.sampled_from(Role))
def test_a_token_allows_its_roles_and_admin_all(roles: set[Role], wanted: Role) -> None:
    token, line = tokens.new("app", ",".join(roles))
    known = Tokens(f"# a comment\n{line} # another\n")
    if wanted in roles or Role.ADMIN in roles:
        assert known.require(f"Bearer {token}", wanted) == Caller("app", frozenset(roles))
    else:
        assert refused(known, f"Bearer {token}", wanted).status == HTTPStatus.FORBIDDEN


def test_each_token_is_its_own() -> None:
    made = [tokens.new(f"app-{number}", "read") for number in range(3)]
    known = Tokens("\n".join(line for _, line in made))
    for number, (token, _) in enumerate(made):
        assert known.require(f"bearer  {token} ", Role.READ).name == f"app-{number}"
    assert len({token for token, _ in made}) == 3


@given(st.none() | st.text())
def test_anything_else_is_refused_with_a_challenge(authorization: str | None) -> None:
    problem = refused(Tokens(f"app read {DIGEST}"), authorization, Role.READ)
    assert problem.status == HTTPStatus.UNAUTHORIZED
    assert problem.headers["WWW-Authenticate"].startswith("Bearer")
    assert problem.errors[0].field == "Authorization"


@pytest.mark.parametrize("days", [0, 1, (dt.date.max - dt.datetime.now(dt.UTC).date()).days])
def test_a_token_is_known_until_the_end_of_its_last_day(days: int) -> None:
    last = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    known = Tokens(f"app read {DIGEST} until={last}")
    assert known.require("Bearer secret", Role.READ).last_day == last


@pytest.mark.parametrize(
    "last", [dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1), dt.date.min]
)
def test_after_its_last_day_a_token_is_refused_with_the_reason(
    last: dt.date, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_refusals", {})
    known = Tokens(f"app read {DIGEST} until={last}")
    with caplog.at_level(logging.INFO, "valence.audit"):
        problem = refused(known, "Bearer secret", Role.READ)
        audit.flush(at_end=True)
    assert problem.status == HTTPStatus.UNAUTHORIZED
    assert problem.detail == f"Authorization: has a token whose last day was {last}"
    assert problem.headers["WWW-Authenticate"]
    assert {record.__dict__["caller"] for record in caplog.records} == {"app"}


def test_a_refusal_names_the_role() -> None:
    known = Tokens(f"app read {DIGEST}")
    assert refused(known, "Bearer secret", Role.ADMIN).detail == "app lacks the role admin"


@pytest.mark.parametrize("authorization", ["secret", "Basic secret", "Bearer", f"Bearer {DIGEST}"])
def test_a_token_counts_as_a_bearers_only(authorization: str) -> None:
    known = Tokens(f"app read {DIGEST}")
    assert known.require("Bearer secret", Role.READ).name == "app"
    assert refused(known, authorization, Role.READ).status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "line",
    [
        "app",
        f"app {DIGEST}",
        f"app write {DIGEST}",
        f"app read, {DIGEST}",
        "app read 1234",
        "app read secret",
        f"app read {DIGEST} more",
        f"app read {DIGEST} until=2026-02-30",
        f"app read {DIGEST} until=0000-01-01",
    ],
)
def test_a_line_of_another_form_is_named_and_not_shown(line: str) -> None:
    with pytest.raises(TokensError, match=r"^line 2 is not NAME") as refusal:
        Tokens(f"# first\n{line}")
    assert DIGEST not in str(refusal.value)


def test_a_name_is_used_once() -> None:
    with pytest.raises(TokensError, match=r"^the name app is used twice$"):
        Tokens(f"app read {DIGEST}\napp submit {DIGEST}")


@pytest.mark.parametrize(("name", "roles"), [("#", "read"), ("a b", "read"), ("a", "none")])
def test_what_could_not_be_read_again_is_not_made(name: str, roles: str) -> None:
    with pytest.raises(TokensError):
        tokens.new(name, roles)
