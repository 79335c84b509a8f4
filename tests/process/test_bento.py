"""The Bento as a process: good input, bad input, failing starts, and the built Bento."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processes import Process, answers, free_port, module

ROOT = Path(__file__).parents[2]
EXAMPLE = "This is a fantastic project and it works perfectly!"
BENTOML = Path(sys.executable).with_name("bentoml")
JSON = {"Content-Type": "application/json"}
TOO_LONG = "é" * 50_001
any_input = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def client(bento_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=bento_url, timeout=30) as client:
        yield client


def classify(client: httpx.Client, *texts: str) -> list[dict[str, object]]:
    response = client.post("/classify", json={"texts": texts})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    results: list[dict[str, object]] = response.json()["results"]
    return results


def test_sentiment(client: httpx.Client) -> None:
    response = client.post("/sentiment", json={"text": EXAMPLE})
    assert response.status_code == 200
    answer = response.json()
    assert list(answer) == ["sentiment", "score", "confidence", "language"]
    assert answer["language"] == "en"
    assert (answer["sentiment"], answer["confidence"]) == ("positive", "high")
    assert 1 / 3 <= answer["score"] <= 1


def test_classify(client: httpx.Client) -> None:
    response = client.post("/classify", json={"texts": [EXAMPLE, "Awful.", ""]})
    body = response.json()
    assert list(body) == ["model", "results"]
    assert re.fullmatch("sha256:[0-9a-f]{64}", body["model"])
    assert [result["sentiment"] for result in body["results"]] == [
        "positive",
        "negative",
        "neutral",
    ]
    names = ["sentiment", "score", "confidence", "unknown", "language"]
    assert list(body["results"][0]) == names
    assert [result["language"] for result in body["results"]] == ["en", "en", "und"]


def test_explain(client: httpx.Client) -> None:
    texts = ["😀 Great &amp; cheap", ""]
    body = client.post("/explain", json={"texts": texts}).json()
    assert list(body) == ["model", "results"]
    first, second = body["results"]
    plain = classify(client, *texts)
    for name in ("sentiment", "score", "confidence", "unknown"):
        assert [first[name], second[name]] == pytest.approx([each[name] for each in plain])
    assert sorted((span["start"], span["end"]) for span in first["spans"])[:2] == [(0, 1), (2, 7)]
    total = sum(span["contribution"] for span in first["spans"])
    assert first["intercept"] + total == pytest.approx(first["logit"], abs=1e-6)
    assert second["spans"] == []


def test_both_routes_give_the_same_answer(client: httpx.Client) -> None:
    [one] = classify(client, "not bad, for its age")
    other = client.post("/sentiment", json={"text": "not bad, for its age"}).json()
    assert other == {name: one[name] for name in other}


def test_input_at_the_limits_is_accepted(client: httpx.Client) -> None:
    assert len(classify(client, *["good"] * 256)) == 256
    assert len(classify(client, *["so so good " * 9_000] * 20)) == 20
    assert client.post("/sentiment", json={"text": "é" * 50_000}).status_code == 200


@any_input
@given(text=st.text())
def test_any_text_is_answered_or_rejected(client: httpx.Client, text: str) -> None:
    # `json.dumps` escapes lone surrogates, which are no text.
    valid = text.encode(errors="ignore").decode() == text
    for path, body in (("/sentiment", {"text": text}), ("/classify", {"texts": [text]})):
        response = client.post(path, content=json.dumps(body), headers=JSON)
        assert response.status_code == (200 if valid else 400)


BAD_BODIES = [
    ("broken JSON", b'{"text', 400, None),
    ("no body", b"", 400, None),
    ("not UTF-8", b'{"FIELD": \xff}', 400, None),
    ("lone surrogate", b'{"FIELD": "\\ud800"}', 400, None),
    ("missing field", b"{}", 422, "FIELD"),
    ("unknown field", b'{"FIELD": VALUE, "more": 1}', 422, "more"),
    ("wrong type", b'{"FIELD": 5}', 422, "FIELD"),
    ("null", b'{"FIELD": null}', 422, "FIELD"),
    ("a million digits", b'{"FIELD": ' + b"7" * 1_000_000 + b"}", 422, "FIELD"),
    ("no object", b"[1]", 422, "body"),
    ("deep", b"[" * 100_000, 422, "body"),
]


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [("sentiment", "text", '"x"'), ("classify", "texts", '["x"]'), ("explain", "texts", '["x"]')],
)
@pytest.mark.parametrize(
    ("body", "status", "named"),
    [case[1:] for case in BAD_BODIES],
    ids=[case[0] for case in BAD_BODIES],
)
def test_a_bad_body_is_rejected(
    client: httpx.Client, path: str, field: str, value: str, body: bytes, status: int, named: str
) -> None:
    content = body.replace(b"FIELD", field.encode()).replace(b"VALUE", value.encode())
    response = client.post(f"/{path}", content=content, headers=JSON)
    problem = assert_problem(response, status)
    if named is not None:
        assert problem["errors"][0]["field"] == named.replace("FIELD", field)  # type: ignore[index]


@pytest.mark.parametrize(
    ("texts", "field", "limit"),
    [
        ([], "texts", "1 to 256"),
        (["a"] * 257, "texts", "1 to 256"),
        (["a", TOO_LONG], "texts[1]", "100,000 bytes"),
        (["a", "b", 3], "texts[2]", "a string"),
    ],
)
def test_a_batch_beyond_the_limits_is_rejected(
    client: httpx.Client, texts: list[object], field: str, limit: str
) -> None:
    problem = assert_problem(client.post("/classify", json={"texts": texts}), 422)
    assert problem["errors"][0]["field"] == field  # type: ignore[index]
    assert limit in str(problem["detail"])


@pytest.mark.parametrize("path", ["/sentiment", "/classify"])
def test_bad_content_is_rejected(client: httpx.Client, path: str) -> None:
    too_long = client.post("/sentiment", json={"text": TOO_LONG})
    assert "100,000 bytes" in str(assert_problem(too_long, 422)["detail"])
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x+pickle"}, {}):
        assert_problem(client.post(path, content=b'{"text": "a"}', headers=headers), 415)
    large = b'"' + b"a" * (2 * 1024 * 1024) + b'"'
    problem = assert_problem(client.post(path, content=large, headers=JSON), 413)
    assert "2,097,152 bytes" in str(problem["detail"])
    # Without a Content-Length the bytes are counted as they arrive.
    chunks = (large[start : start + 65_536] for start in range(0, len(large), 65_536))
    assert_problem(client.post(path, content=chunks, headers=JSON), 413)
    assert client.get(path).status_code == 405


def assert_problem(response: httpx.Response, status: int) -> dict[str, object]:
    """Check that the answer is a problem (RFC 9457) with this status; returns its body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = response.json()
    assert {"title", "status", "detail"} <= problem.keys()
    assert problem["status"] == status
    return problem


def test_health(client: httpx.Client) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_sigterm_stops_it_with_exit_code_0() -> None:
    port = free_port()
    with Process("the Bento", module("bento"), environment={"BENTO_PORT": str(port)}) as process:
        process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), seconds=30)
        assert process.stop() == 0


def test_the_built_bento_contains_the_model(tmp_path: Path) -> None:
    home = {"BENTOML_HOME": str(tmp_path / "home"), "BENTOML_DO_NOT_TRACK": "true"}
    environment = {**os.environ, **home}
    environment.pop("BENTO_ARTIFACT_DIR", None)
    build = [str(BENTOML), "build", "-f", "bento/bentofile.yaml", "--output", "tag", "."]
    done = subprocess.run(
        build, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    [source] = (tmp_path / "home").glob("bentos/valence/*/src")
    assert (source / "bento/artifact/arrays.npz").is_file()
    assert {path.name for path in source.iterdir() if path.is_dir()} == {"bento"}

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    serve = [str(BENTOML), "serve", "valence:latest", "--host", "127.0.0.1", "--port", str(port)]
    with Process("the built Bento", serve, environment=home, cwd=tmp_path) as process:
        process.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        with httpx.Client(base_url=url, timeout=30) as client:
            [answer] = classify(client, EXAMPLE)
            assert (answer["sentiment"], answer["confidence"]) == ("positive", "high")
            assert_problem(client.post("/classify", json={"texts": []}), 422)
        assert process.stop() == 0
