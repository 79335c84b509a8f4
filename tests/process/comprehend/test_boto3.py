"""The gateway as Amazon Comprehend: the pinned boto3 against the running gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import botocore
import cbor2
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from gateway.http.access import tokens
from gateway.http.comprehend.protocols import PATH
from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway

EXAMPLE = "This is a fantastic project and it works perfectly!"


@pytest.fixture(scope="module")
def gateway(bento_url: str) -> Iterator[Gateway]:
    with Gateway(bento_url) as gateway:
        yield gateway


def client_of(gateway: Gateway, key: str = "any", **options: Any) -> Any:
    return boto3.client(
        "comprehend",
        endpoint_url=gateway.url,
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key="unused",
        config=Config(retries={"total_max_attempts": 1}, **options),
    )


@pytest.fixture(params=["smithy-rpc-v2-cbor", "json"])
def client(request: pytest.FixtureRequest, gateway: Gateway) -> Any:
    """A client of each protocol."""
    loader = botocore.loaders.Loader()
    model = loader.load_service_model("comprehend", "service-2")
    model["metadata"]["protocol"] = request.param
    model["metadata"]["protocols"] = [request.param]
    session = boto3.session.Session(
        aws_access_key_id="any", aws_secret_access_key="unused", region_name="eu-central-1"
    )
    original = session._session.get_component("data_loader")
    original._cache = {}
    load = original.load_service_model

    def load_service_model(service: str, *arguments: Any, **named: Any) -> Any:
        return model if arguments[:1] == ("service-2",) else load(service, *arguments, **named)

    original.load_service_model = load_service_model
    return session.client(
        "comprehend", endpoint_url=gateway.url, config=Config(retries={"total_max_attempts": 1})
    )


def test_a_sentiment_has_all_scores(client: Any, gateway: Gateway) -> None:
    answer = client.detect_sentiment(Text=EXAMPLE, LanguageCode="en")
    assert answer["Sentiment"] == "POSITIVE"
    scores = answer["SentimentScore"]
    assert set(scores) == {"Positive", "Negative", "Neutral", "Mixed"}
    assert sum(scores.values()) == pytest.approx(1)
    assert scores["Mixed"] == 0
    record = httpx.post(f"{gateway.url}/comments", json={"comment": EXAMPLE}).json()
    assert scores["Positive"] == pytest.approx(float(record["score"]), abs=1e-4)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-model"] == record["model"]


def test_nothing_is_recorded(client: Any, gateway: Gateway) -> None:
    before = httpx.get(f"{gateway.url}/comments").json()["comments"]
    client.detect_sentiment(Text="A word for nobody.", LanguageCode="en")
    assert httpx.get(f"{gateway.url}/comments").json()["comments"] == before


def test_a_batch_has_results_and_errors_by_index(client: Any) -> None:
    texts = ["great", "x" * 5_001, "awful", "The shop opens at nine. 👍"]
    answer = client.batch_detect_sentiment(TextList=texts, LanguageCode="en")
    assert [result["Index"] for result in answer["ResultList"]] == [0, 2, 3]
    assert answer["ResultList"][0]["Sentiment"] == "POSITIVE"
    assert answer["ResultList"][1]["Sentiment"] == "NEGATIVE"
    [error] = answer["ErrorList"]
    assert (error["Index"], error["ErrorCode"]) == (1, "TextSizeLimitExceededException")
    most = client.batch_detect_sentiment(TextList=["good"] * 25, LanguageCode="en")
    assert len(most["ResultList"]) == 25
    assert most["ResponseMetadata"]["HTTPHeaders"]["x-model"].startswith("sha256:")


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("detect_sentiment", {"Text": "é" * 2_501}, "TextSizeLimitExceededException"),
        ("detect_sentiment", {"Text": "bon", "LanguageCode": "fr"}, "UnsupportedLanguageException"),
        ("detect_sentiment", {"Text": "a", "LanguageCode": "xx"}, "InvalidRequestException"),
        ("batch_detect_sentiment", {"TextList": ["a"] * 26}, "BatchSizeLimitExceededException"),
    ],
)
def test_errors_are_those_of_the_api(
    client: Any, operation: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(client, operation)(**{"LanguageCode": "en", **arguments})
    assert refusal.value.response["Error"]["Code"] == code
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert isinstance(refusal.value, getattr(client.exceptions, code))


def test_other_operations_are_unknown(client: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        client.detect_entities(Text="a", LanguageCode="en")
    assert refusal.value.response["Error"]["Code"] == "UnknownOperationException"


def test_the_access_key_id_is_the_token(bento_url: str) -> None:
    submit, line = tokens.new("app", "submit")
    read, other = tokens.new("reader", "read")
    old, ended = tokens.new("old", "submit")
    ended += " until=2025-12-31"
    with Gateway(bento_url, GATEWAY_TOKENS=f"{line}\n{other}\n{ended}") as gateway:
        answer = client_of(gateway, submit).detect_sentiment(Text=EXAMPLE, LanguageCode="en")
        assert answer["Sentiment"] == "POSITIVE"
        for key, code, message in (
            (read, "AccessDeniedException", "reader lacks the role submit"),
            ("x", "UnrecognizedClientException", "The access key id is not a known token."),
            (
                old,
                "UnrecognizedClientException",
                "The access key id has a token whose last day was 2025-12-31.",
            ),
        ):
            with pytest.raises(ClientError) as refusal:
                client_of(gateway, key).detect_sentiment(Text=EXAMPLE, LanguageCode="en")
            error = refusal.value.response["Error"]
            assert (error["Code"], error["Message"]) == (code, message)


def test_more_texts_than_a_rate_ever_allows_are_named_as_the_list(bento_url: str) -> None:
    token, line = tokens.new("app", "submit")
    with Gateway(bento_url, GATEWAY_TOKENS=f"{line} 10/s") as gateway:
        client = client_of(gateway, token)
        with pytest.raises(ClientError) as refusal:
            client.batch_detect_sentiment(TextList=["good"] * 11, LanguageCode="en")
    error = refusal.value.response["Error"]
    assert error["Code"] == "InvalidRequestException"
    assert error["Message"].startswith("TextList must be at most 10, since app ")


def test_a_rate_counts_texts_and_is_retried(bento_url: str) -> None:
    token, line = tokens.new("app", "submit")
    with Gateway(bento_url, GATEWAY_TOKENS=f"{line} 30/s") as gateway:
        client = client_of(gateway, token)
        texts = ["good"] * 25
        client.batch_detect_sentiment(TextList=texts, LanguageCode="en")
        with pytest.raises(ClientError) as refusal:
            client.batch_detect_sentiment(TextList=texts, LanguageCode="en")
        assert refusal.value.response["Error"]["Code"] == "ThrottlingException"
        patient = boto3.client(
            "comprehend",
            endpoint_url=gateway.url,
            region_name="eu-central-1",
            aws_access_key_id=token,
            aws_secret_access_key="unused",
            config=Config(retries={"mode": "standard", "total_max_attempts": 8}),
        )
        answer = patient.batch_detect_sentiment(TextList=texts, LanguageCode="en")
        assert len(answer["ResultList"]) == 25


async def test_a_model_that_does_not_answer_is_no_throttling() -> None:
    async with bad_bento() as bento:
        bento.status = 500
        with Gateway(bento.url) as gateway:
            async with httpx.AsyncClient() as http:
                body = cbor2.dumps({"Text": "a", "LanguageCode": "en"})
                answer = await http.post(
                    f"{gateway.url}{PATH}DetectSentiment",
                    content=body,
                    headers={"Content-Type": "application/cbor"},
                    timeout=30,
                )
    assert answer.status_code == 500
    assert cbor2.loads(answer.content)["__type"].endswith("#InternalServerException")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x81" * 5_000,
        b"\x9b" + b"\xff" * 8,
        b"\xf6",
        b"\xa1\x64Text\x18\x20",
        b"{}",
        # The fraction 0 times 10 to a power of 524,288 bits.
        b"\xa1\x64Text\xc4\x82\xc2\x5a\x00\x01\x00\x00" + b"\xff" * 65_536 + b"\x00",
    ],
)
def test_hostile_bodies_are_refused(gateway: Gateway, body: bytes) -> None:
    for path, headers in (
        (f"{PATH}DetectSentiment", {"Content-Type": "application/cbor"}),
        (
            "/",
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "Comprehend_20171127.DetectSentiment",
            },
        ),
    ):
        answer = httpx.post(gateway.url + path, content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.headers["X-Amzn-Errortype"] in {
            "InvalidRequestException",
            "SerializationException",
        }
