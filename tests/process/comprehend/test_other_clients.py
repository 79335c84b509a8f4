"""The gateway as Amazon Comprehend for an old boto3, and for the AWS command line tool.

Each program runs in an environment of its own, as its users have it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.http.access import tokens
from loadtest.servers import environment
from tests.support.gateways import Gateway

HERE = Path(__file__).parent
TEXTS = ["I love it", "Awful, never again", "The shop opens at nine."]
SENTIMENTS = ["POSITIVE", "NEGATIVE", "NEUTRAL"]
OLD_PROGRAM = """
import json, sys, boto3
client = boto3.client("comprehend", endpoint_url=sys.argv[1])
one = client.detect_sentiment(Text=sys.argv[2], LanguageCode="en")
many = client.batch_detect_sentiment(TextList=[*sys.argv[2:], "x" * 5001], LanguageCode="en")
try:
    client.detect_sentiment(Text="bon", LanguageCode="fr")
except client.exceptions.UnsupportedLanguageException as error:
    refusal = error.response["Error"]["Code"]
print(json.dumps({"version": boto3.__version__, "one": one, "many": many, "refusal": refusal}))
"""

pytestmark = pytest.mark.timeout(300)  # an environment is installed


class Client:
    """Runs programs of an environment against a gateway that wants a token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": token,
            "AWS_SECRET_ACCESS_KEY": "unused",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture(scope="module")
def client(bento_url: str) -> Iterator[Client]:
    token, line = tokens.new("app", "submit")
    with Gateway(bento_url, GATEWAY_TOKENS=line) as gateway:
        yield Client(gateway.url, token)


def results(answer: dict[str, Any]) -> list[str]:
    return [result["Sentiment"] for result in answer["ResultList"]]


def test_an_old_boto3(client: Client) -> None:
    python = environment.ensure("boto3-old", HERE / "boto3-old.txt") / "python"
    ran = client.run(python, "-c", OLD_PROGRAM, client.url, *TEXTS)
    assert ran.returncode == 0, ran.stderr
    printed = json.loads(ran.stdout)
    assert printed["version"].startswith("1.33.")
    assert printed["one"]["Sentiment"] == "POSITIVE"
    assert results(printed["many"]) == SENTIMENTS
    [error] = printed["many"]["ErrorList"]
    assert (error["Index"], error["ErrorCode"]) == (3, "TextSizeLimitExceededException")
    assert printed["refusal"] == "UnsupportedLanguageException"


def test_the_command_line_tool(client: Client) -> None:
    aws = environment.ensure("aws-cli", HERE / "aws-cli.txt") / "aws"
    call = (aws, "--endpoint-url", client.url, "--output", "json", "comprehend")
    one = client.run(*call, "detect-sentiment", "--language-code", "en", "--text", TEXTS[0])
    assert one.returncode == 0, one.stderr
    answer = json.loads(one.stdout)
    assert answer["Sentiment"] == "POSITIVE"
    assert sum(answer["SentimentScore"].values()) == pytest.approx(1)
    many = client.run(
        *call, "batch-detect-sentiment", "--language-code", "en", "--text-list", *TEXTS
    )
    assert many.returncode == 0, many.stderr
    assert results(json.loads(many.stdout)) == SENTIMENTS
    refused = client.run(*call, "detect-sentiment", "--language-code", "fr", "--text", "bon")
    assert refused.returncode != 0
    assert "UnsupportedLanguageException" in refused.stderr
