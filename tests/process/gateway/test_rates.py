"""Rates, ends and rotation of tokens, and the audit log of a running gateway."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.http.access import tokens
from tests.support.api import assert_field_problem, assert_problem
from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway

COMMENT = {"comment": "a private word, loved it"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_beyond_its_rate_a_token_is_told_when_to_come_back(bento_url: str) -> None:
    token, line = tokens.new("app", "submit,read")
    other, unlimited = tokens.new("other", "submit")
    with Gateway(bento_url, GATEWAY_TOKENS=f"{line} 5/min\n{unlimited}") as gateway:
        with httpx.Client(base_url=gateway.url, headers=bearer(token)) as client:
            for _ in range(5):
                assert client.post("/comments", json=COMMENT).status_code == 201
            for refused in (
                client.post("/comments", json=COMMENT),
                client.get("/comments"),
                client.get("/comments/export"),
                client.post("/comments/batch", json={"comments": [COMMENT]}),
            ):
                assert_problem(refused, 429)
                assert 1 <= int(refused.headers["Retry-After"]) <= 120
                assert refused.headers["RateLimit-Policy"] == '"token";q=5;w=60'
                assert refused.headers["RateLimit"].startswith('"token";r=0;t=')
        answers = [
            httpx.post(f"{gateway.url}/comments", json=COMMENT, headers=bearer(other))
            for _ in range(10)
        ]
        assert {answer.status_code for answer in answers} == {201}


@pytest.mark.asyncio
async def test_what_the_gateway_cannot_take_does_not_count() -> None:
    token, line = tokens.new("app", "admin")
    lost, kept = {"comment": "lost"}, {"comment": "kept"}
    detect = {
        "X-Amz-Target": "Comprehend_20171127.DetectSentiment",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={token}/20260101/x/comprehend/aws4_request",
    }
    asked = {"Text": "lost", "LanguageCode": "en"}
    async with bad_bento() as bento:
        with Gateway(bento.url, GATEWAY_TOKENS=f"{line} 10/min") as gateway:
            bento.poison = "lost"
            async with httpx.AsyncClient(base_url=gateway.url, headers=bearer(token)) as client:
                for _ in range(4):
                    assert_problem(await client.post("/comments", json=lost), 503)
                    answer = await client.post("/", json=asked, headers=detect)
                    assert answer.status_code == 500, answer.text
                    batch = {"comments": [lost] * 9}
                    outcomes = (await client.post("/comments/batch", json=batch)).json()["outcomes"]
                    assert [outcome["status"] for outcome in outcomes] == [503] * 9
                bento.poison = None
                batch = {"comments": [kept] * 9}
                outcomes = (await client.post("/comments/batch", json=batch)).json()["outcomes"]
                assert [outcome["status"] for outcome in outcomes] == [201] * 9
                assert (await client.post("/comments", json=kept)).status_code == 201
                assert_problem(await client.post("/comments", json=kept), 429)


def test_a_batch_counts_as_its_comments(bento_url: str) -> None:
    token, line = tokens.new("app", "submit")
    with (
        Gateway(bento_url, GATEWAY_TOKENS=f"{line} 10/min") as gateway,
        httpx.Client(base_url=gateway.url, headers=bearer(token)) as client,
    ):
        never = client.post("/comments/batch", json={"comments": [COMMENT] * 11})
        assert_field_problem(never, 422, "comments", "at most 10")
        assert "Retry-After" not in never.headers
        assert never.headers["RateLimit-Policy"] == '"token";q=10;w=60'
        eight = client.post("/comments/batch", json={"comments": [COMMENT] * 8})
        assert eight.status_code == 200
        assert_problem(client.post("/comments/batch", json={"comments": [COMMENT] * 3}), 429)
        assert client.post("/comments", json=COMMENT).status_code == 201


def status_of(gateway: Gateway, token: str) -> int:
    return httpx.post(f"{gateway.url}/comments", json=COMMENT, headers=bearer(token)).status_code


def test_a_token_ends_with_its_day(bento_url: str) -> None:
    today = dt.datetime.now(dt.UTC).date()
    valid, valid_line = tokens.new("valid", "submit")
    ended, ended_line = tokens.new("ended", "submit")
    lines = (
        f"{valid_line} until={today + dt.timedelta(days=1)}",
        f"{ended_line} 5/s until={today - dt.timedelta(days=1)}",
    )
    with Gateway(bento_url, GATEWAY_TOKENS="\n".join(lines)) as gateway:
        assert (status_of(gateway, valid), status_of(gateway, ended)) == (201, 401)


def test_a_changed_file_is_read_again(bento_url: str, tmp_path: Path) -> None:
    first, first_line = tokens.new("app", "submit")
    second, second_line = tokens.new("app", "submit")
    file = tmp_path / "tokens"
    file.write_text(first_line)
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        Gateway(bento_url, GATEWAY_TOKENS_FILE=file, output=output) as gateway,
    ):
        assert (status_of(gateway, first), status_of(gateway, second)) == (201, 401)
        # As Kubernetes rotates a Secret: another file takes the place of the old one.
        (tmp_path / "new").write_text(second_line)
        (tmp_path / "new").rename(file)
        gateway.process.wait_until(lambda: status_of(gateway, second) == 201, seconds=20)
        assert status_of(gateway, first) == 401
        for number, broken in enumerate(("app submit 1234", "", None), 1):
            if broken is None:
                file.unlink()
            else:
                file.write_text(broken)
            gateway.process.wait_until(
                lambda reports=number: log.read_text().count("stay as they are") >= reports,  # type: ignore[misc]
                seconds=20,
            )
            assert status_of(gateway, second) == 201


def test_a_file_without_tokens_is_watched_too(bento_url: str, tmp_path: Path) -> None:
    token, line = tokens.new("app", "submit")
    file = tmp_path / "tokens"
    file.write_text("# none yet\n")
    elsewhere = {"Host": "valence.example.com"}
    with Gateway(bento_url, GATEWAY_TOKENS_FILE=file) as gateway:
        assert status_of(gateway, "unknown") == 201
        assert httpx.get(f"{gateway.url}/livez", headers=elsewhere).status_code == 421
        file.write_text(line)
        gateway.process.wait_until(lambda: status_of(gateway, "unknown") == 401, seconds=20)
        assert status_of(gateway, token) == 201
        assert httpx.get(f"{gateway.url}/livez", headers=elsewhere).status_code == 200


def audited(
    bento_url: str, log: Path, act: Callable[[Gateway], None], **settings: Any
) -> list[dict[str, Any]]:
    """The lines of the audit log while `act` uses a gateway."""
    with log.open("wb") as output, Gateway(bento_url, output=output, **settings) as gateway:
        act(gateway)
    assert "private word" not in log.read_text()
    lines = map(json.loads, log.read_text().splitlines())
    return [line for line in lines if line["logger"] == "valence.audit"]


def test_what_callers_do_is_logged_without_texts(bento_url: str, tmp_path: Path) -> None:
    token, line = tokens.new("moderation", "admin")
    reader, other = tokens.new("reader", "read")
    made: list[str] = []

    def act(gateway: Gateway) -> None:
        with httpx.Client(base_url=gateway.url, headers=bearer(token)) as client:
            answers = [client.post("/comments", json=COMMENT) for _ in range(2)]
            keyed = COMMENT | {"idempotency_key": "k"}
            made.extend(answer.json()["comment_id"] for answer in answers)
            # What is done again changes nothing, and leaves no line.
            for _ in range(2):
                client.post("/comments/batch", json={"comments": [keyed]})
            for _ in range(2):
                client.put(f"/comments/{made[0]}/correction", json={"sentiment": "neutral"})
            for _ in range(2):
                client.delete(f"/comments/{made[0]}/correction")
            client.delete(f"/comments/{made[1]}")
            client.get("/comments/export")
            client.delete(f"/comments/{made[0]}", headers=bearer(reader))
            client.get("/comments", headers=bearer("unknown"))

    lines = f"{line}\n{other}"
    changes = ["correctComment", "removeCorrection", "deleteComment", "exportComments"]
    for level, new in (("all", ["postComment", "postComment", "postComments"]), ("changes", [])):
        made.clear()
        events = audited(
            bento_url, tmp_path / level, act, GATEWAY_TOKENS=lines, GATEWAY_AUDIT=level
        )
        actions = [event["action"] for event in events]
        assert actions == [*new, *changes, "deleteComment", "listComments"]
        callers = ["moderation"] * (len(actions) - 2)
        assert [event["caller"] for event in events] == [*callers, "reader", None]
        assert [event["status"] for event in events[-2:]] == [403, 401]
        corrected, _, deleted = events[len(new) : len(new) + 3]
        assert (corrected["comment_id"], deleted["comment_id"]) == (made[0], made[1])
    made.clear()
    off = audited(bento_url, tmp_path / "none", act, GATEWAY_TOKENS=lines, GATEWAY_AUDIT="none")
    assert off == []
