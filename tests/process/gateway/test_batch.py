"""`POST /comments/batch` of a running gateway."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gateway.http.routes.batch import BODY_MAX_BYTES
from gateway.records import BATCH_MAX_COMMENTS
from tests.support.api import assert_field_problem, assert_problem, list_ids
from tests.support.gateways import Gateway


@pytest.fixture(scope="module")
def gateway(bento_url: str) -> Iterator[Gateway]:
    with Gateway(bento_url) as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


def post_batch(client: httpx.Client, *comments: Any) -> list[dict[str, Any]]:
    response = client.post("/comments/batch", json={"comments": comments})
    while response.status_code == 503:
        assert int(response.headers["Retry-After"]) >= 1
        response = client.post("/comments/batch", json={"comments": comments})
    assert response.status_code == 200, response.text
    outcomes: list[dict[str, Any]] = response.json()["outcomes"]
    assert len(outcomes) == len(comments)
    return outcomes


def test_each_comment_gets_its_record_in_order(client: httpx.Client) -> None:
    texts = ["I love it", "What a waste of time.", "The shop opens at nine. 👍"]
    outcomes = post_batch(client, *({"comment": text} for text in texts))
    for outcome, text in zip(outcomes, texts, strict=True):
        assert list(outcome) == ["status", "record"]
        assert outcome["status"] == 201
        record = outcome["record"]
        assert record["original_comment"] == text
        assert client.get(f"/comments/{record['comment_id']}").json() == record
        single = client.post("/comments", json={"comment": text}).json()
        for name in ("sentiment", "score", "confidence", "model"):
            assert record[name] == single[name]


def test_one_bad_comment_costs_the_others_nothing(client: httpx.Client) -> None:
    outcomes = post_batch(
        client,
        {"comment": "good"},
        {"comment": "  "},
        {"text": "good"},
        7,
        {"comment": "x" * 5_001},
        {"comment": "good", "idempotency_key": "k\n"},
        {"comment": "also good"},
    )
    assert [outcome["status"] for outcome in outcomes] == [201, 422, 422, 422, 422, 422, 201]
    for outcome in outcomes[1:-1]:
        assert list(outcome) == ["status", "problem"]
        assert outcome["problem"]["status"] == 422
        assert outcome["problem"]["errors"]


@pytest.mark.parametrize(
    "bad",
    [
        rb'{"comment": "\ud800"}',
        rb'{"comment": "a \udc00 b"}',
        rb'{"comment": "a", "\udbff": 1}',
        rb'{"comment": "a", "idempotency_key": "\udbff"}',
        rb'"\ud800"',
    ],
)
def test_half_a_surrogate_pair_costs_the_others_nothing(client: httpx.Client, bad: bytes) -> None:
    good = rb'{"comment": "good \ud83d\udc4d", "idempotency_key": null}'
    response = client.post(
        "/comments/batch",
        content=b'{"comments": [%b, %b, %b]}' % (good, bad, good),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 200, response.text
    first, refused, last = response.json()["outcomes"]
    for outcome in (first, last):
        assert outcome["record"]["original_comment"] == "good 👍"
    assert refused["status"] in {400, 422}
    assert refused["problem"]["status"] == refused["status"]


def test_a_name_that_is_given_twice_is_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post(
        "/comments/batch",
        content=b'{"comments": [{"comment": "x", "comment": "y"}, {"comment": "a \\"word\\""}]}',
        headers=headers,
    )
    assert response.status_code == 200
    twice, good = response.json()["outcomes"]
    assert twice["problem"]["detail"] == "comment: is given twice"
    assert good["status"] == 201
    for body in (
        b'{"comments": [{"comment": "x"}], "comments": [{"comment": "y"}]}',
        b'{"comments": [], "comments": [{"comment": "y"}]}',
    ):
        response = client.post("/comments/batch", content=body, headers=headers)
        assert_field_problem(response, 422, "comments", "is given twice")


def test_a_key_makes_one_record(client: httpx.Client) -> None:
    one = {"comment": "a good word", "idempotency_key": "batch-1"}
    first = post_batch(client, one, one)
    assert first[0]["record"] == first[1]["record"]
    again = post_batch(client, one, {**one, "comment": "another word"})
    assert [outcome["status"] for outcome in again] == [200, 422]
    assert again[0]["record"] == first[0]["record"]
    assert again[1]["problem"]["errors"][0]["field"] == "idempotency_key"
    # The key of a single comment is the same.
    headers = {"Idempotency-Key": "batch-1"}
    single = client.post("/comments", json={"comment": "a good word"}, headers=headers)
    assert (single.status_code, single.json()) == (200, first[0]["record"])


def test_the_most_comments_and_no_more(client: httpx.Client) -> None:
    most = [{"comment": f"comment {number}"} for number in range(BATCH_MAX_COMMENTS)]
    outcomes = post_batch(client, *most)
    assert {outcome["status"] for outcome in outcomes} == {201}
    for comments in ([], [*most, {"comment": "one too many"}]):
        response = client.post("/comments/batch", json={"comments": comments})
        assert_field_problem(response, 422, "comments", f"1 to {BATCH_MAX_COMMENTS}")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (rb'{"comments": [{"comment": "\ud800"}, NaN]}', 400),
        (rb'{"comments": "\ud800"}', 400),
        (rb'{"comments": ["\ud800", ' + b'{"a":' * 700 + b"1" + b"}" * 700 + b"]}", 400),
        (rb'{"comments": ["\ud800"], "a": 1}', 400),
        (b'{"comments": {}}', 422),
        (b'{"comments": [{}], "a": 1}', 422),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(
    client: httpx.Client, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/comments/batch", content=body, headers=headers), status)


def test_a_body_beyond_the_limit_is_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/comments/batch", content=b" " * (BODY_MAX_BYTES + 1), headers=headers)
    assert_problem(response, 413)


def test_batches_at_once_lose_nothing(bento_url: str) -> None:
    with Gateway(bento_url) as gateway, httpx.Client(base_url=gateway.url, timeout=60) as client:
        batches = [[{"comment": f"{batch} {n}"} for n in range(300)] for batch in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda batch: post_batch(client, *batch), batches))
        ids = [outcome["record"]["comment_id"] for answer in answers for outcome in answer]
        assert len(set(ids)) == 2_400
        assert sorted(list_ids(client, 100)) == sorted(ids)
