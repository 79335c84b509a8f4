"""Who may do what, and what operators see."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.http import tokens
from processes import module
from tests.support.gateways import Gateway

COMMENT = {"comment": "a private word, loved it"}


@pytest.fixture(scope="module")
def known() -> dict[str, tuple[str, str]]:
    """For each role, a token and its line."""
    return {role: tokens.new(f"{role}-app", role) for role in ("submit", "read", "admin")}


@pytest.fixture(scope="module")
def guarded(
    bento_url: str,
    known: dict[str, tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("guarded")
    file = folder / "tokens"
    file.write_text("# who may do what\n" + "\n".join(line for _, line in known.values()))
    with Gateway(bento_url, SQLITE_PATH=folder / "comments.db", TOKENS_FILE=file) as gateway:
        yield gateway


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("submit", {"POST": 201, "GET": 403, "LIST": 403, "DELETE": 403}),
        ("read", {"POST": 403, "GET": 200, "LIST": 200, "DELETE": 403}),
        ("admin", {"POST": 201, "GET": 200, "LIST": 200, "DELETE": 204}),
        ("unknown", {"POST": 401, "GET": 401, "LIST": 401, "DELETE": 401}),
        (None, {"POST": 401, "GET": 401, "LIST": 401, "DELETE": 401}),
    ],
)
def test_a_role_allows_what_it_says(
    guarded: Gateway,
    known: dict[str, tuple[str, str]],
    role: str | None,
    expected: dict[str, int],
) -> None:
    admin = {"Authorization": f"Bearer {known['admin'][0]}"}
    token = known[role][0] if role in known else "unknown"
    headers = {"Authorization": f"Bearer {token}"} if role else {}
    with httpx.Client(base_url=guarded.url) as client:
        path = client.post("/comments", json=COMMENT, headers=admin).headers["Location"]
        answers = {
            "POST": client.post("/comments", json=COMMENT, headers=headers),
            "GET": client.get(path, headers=headers),
            "LIST": client.get("/comments", headers=headers),
            "DELETE": client.delete(path, headers=headers),
        }
    assert {name: answer.status_code for name, answer in answers.items()} == expected
    for answer in answers.values():
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_probes_and_page_need_no_token(guarded: Gateway) -> None:
    for path in ("/livez", "/readyz", "/", "/docs", "/openapi.json"):
        assert httpx.get(guarded.url + path).status_code == 200


def test_keys_of_two_callers_do_not_meet(
    guarded: Gateway, known: dict[str, tuple[str, str]]
) -> None:
    answers = [
        httpx.post(
            f"{guarded.url}/comments",
            json=COMMENT,
            headers={"Authorization": f"Bearer {known[role][0]}", "Idempotency-Key": "one"},
        )
        for role in ("submit", "admin")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["comment_id"] != answers[1].json()["comment_id"]


def test_a_deleted_comment_is_gone(guarded: Gateway, known: dict[str, tuple[str, str]]) -> None:
    headers = {"Authorization": f"Bearer {known['admin'][0]}"}
    with httpx.Client(base_url=guarded.url, headers=headers) as client:
        path = client.post("/comments", json=COMMENT).headers["Location"]
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 404
        assert path.rpartition("/")[2] not in client.get("/comments").text


def refused(**settings: str) -> str:
    ended = subprocess.run(
        module("gateway"),
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_off_loopback_there_must_be_tokens(tmp_path: Path) -> None:
    store = {"SQLITE_PATH": str(tmp_path / "comments.db")}
    assert "AUTH=none would" in refused(GATEWAY_HOST="0.0.0.0", **store)
    assert "AUTH='none'" in refused(AUTH="none", TOKENS=tokens.new("app", "read")[1], **store)
    assert "line 1" in refused(TOKENS="app read 1234", **store)
    assert "TOKENS_FILE" in refused(TOKENS_FILE=str(tmp_path / "nothing"), **store)


def test_new_token_prints_a_line_that_works() -> None:
    made = subprocess.run(
        module("gateway", "--new-token", "app", "submit,read"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    token, line = (row.split(maxsplit=1)[1] for row in made.splitlines())
    caller = tokens.Tokens(line).require(f"Bearer {token}", tokens.Role.READ)
    assert caller.name == "app"


def metrics(gateway: Gateway) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(httpx.get(gateway.metrics_url).text)
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in families
        for sample in family.samples
    }


def test_metrics_count_what_happened(bento_url: str, tmp_path: Path) -> None:
    with (
        Gateway(bento_url, SQLITE_PATH=tmp_path / "comments.db") as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        records = [client.post("/comments", json=COMMENT).json() for _ in range(3)]
        client.post("/comments", json={"comment": ""})
        seen = metrics(gateway)
        assert client.get("/metrics").status_code == 404
    labels = [f"{name}={records[0][name]}" for name in ("confidence", "model", "sentiment")]
    assert seen[("valence_predictions_total", *labels)] == 3
    for status, count in (("201", 3), ("422", 1)):
        name = "valence_request_seconds_count"
        key = (name, "endpoint=CommentCollection", "method=POST", f"status={status}")
        assert seen[key] == count
    assert seen[("valence_batch_size_sum", "stage=classify")] == 3
    assert seen[("valence_batch_size_sum", "stage=record")] == 3
    assert seen[("valence_queue_length", "stage=classify")] == 0
    assert seen[("valence_model_seconds_count",)] == 3
    assert seen[("valence_store_seconds_count",)] == 3
    assert seen[("valence_replicas",)] == 1


def test_every_answer_names_its_request_and_its_model(gateway_url: str) -> None:
    answer = httpx.post(f"{gateway_url}/comments", json=COMMENT, headers={"X-Request-ID": "me-1"})
    assert answer.headers["X-Request-ID"] == "me-1"
    assert answer.headers["X-Model"] == answer.json()["model"]
    made = {httpx.get(f"{gateway_url}/nothing").headers["X-Request-ID"] for _ in range(3)}
    assert len(made) == 3
    forged = httpx.get(f"{gateway_url}/livez", headers={"X-Request-ID": "a b{}"})
    assert forged.headers["X-Request-ID"] != "a b{}"


def test_logs_are_json_without_comments(tmp_path: Path) -> None:
    log = tmp_path / "log"
    nowhere = "http://127.0.0.1:9"
    with (
        log.open("wb") as output,
        Gateway(nowhere, SQLITE_PATH=tmp_path / "comments.db", output=output) as gateway,
    ):
        httpx.post(f"{gateway.url}/comments", json=COMMENT, headers={"X-Request-ID": "me-2"})
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    failure = next(line for line in lines if line["request_id"] == "me-2")
    assert failure["level"] == "WARNING"
    assert "503" in failure["message"]
    assert COMMENT["comment"] not in log.read_text()


def test_on_sigterm_it_says_so_and_finishes(bento_url: str, tmp_path: Path) -> None:
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "comments.db", DRAIN_SECONDS=2) as gateway:
        with httpx.Client(base_url=gateway.url) as client:
            assert client.get("/readyz").status_code == 200
            os.kill(gateway.process.pid, signal.SIGTERM)
            while (ready := client.get("/readyz")).status_code == 200:
                pass
            assert ready.status_code == 503
            assert ready.headers["Connection"] == "close"
            late = client.post("/comments", json=COMMENT)
            assert late.status_code == 201
        assert gateway.process.stop() == 0
