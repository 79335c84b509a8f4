"""The table's recovery, and what it takes to ask for it; moto stands for AWS.

tests/contract/test_doctor.py has the rest, against DynamoDB Local, which has no recovery.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gateway.stores.dynamodb import table as creation
from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.table import ENDPOINT, Table


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DYNAMODB_TABLE_NAME", ENDPOINT, "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="eu-central-1")


def test_all_is_on(aws: Any) -> None:
    creation.create(aws, "comments")
    table = Table("comments")
    assert table.keys().startswith("comments: comment_id")
    assert table.time_to_live() == "on, by expires_at"
    assert table.recovery() == "on, 35 days"


def test_no_recovery_fails(aws: Any) -> None:
    creation.create(aws, "comments")
    aws.update_continuous_backups(
        TableName="comments",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    with pytest.raises(FailedError, match="a deletion by mistake is final") as failure:
        Table("comments").recovery()
    assert "--create-table" in failure.value.advice


def test_the_name_is_that_of_the_cluster(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert aws
    monkeypatch.setenv("DYNAMODB_TABLE_NAME", "here")
    assert Table("").name == "here"
    assert Table("", {"DYNAMODB_TABLE_NAME": "there"}).name == "there"
    assert Table("given", {"DYNAMODB_TABLE_NAME": "there"}).name == "given"


def test_no_table_is_skipped() -> None:
    with pytest.raises(SkippedError, match="no TABLE is given"):
        Table("")


def test_no_region_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(SkippedError, match="set AWS_REGION"):
        Table("comments")


def test_a_table_in_the_cluster_is_skipped_until_it_is_forwarded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"DYNAMODB_TABLE_NAME": "comments", ENDPOINT: "http://dynamodb:8000"}
    with pytest.raises(SkippedError, match="port-forward service/dynamodb 8001:8000"):
        Table("", settings)
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:8001")
    assert Table("", settings).name == "comments"
