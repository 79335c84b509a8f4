"""The doctor's checks of the table, against DynamoDB Local."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table as creation
from gateway.stores.dynamodb.items import INDEX, POSITION, SHARD, TTL
from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.table import Table
from processes import free_port
from tests.support.doctor import check

CHECKS = ("keys and index", "time to live", "recovery")
Json = dict[str, Any]


@pytest.fixture
def name(dynamodb_url: str) -> str:
    """The name of no table yet."""
    assert dynamodb_url
    return f"comments-{uuid.uuid4()}"


def create(table: str, key: str = "comment_id", **index: Any) -> None:
    """A table with another key or index than ours."""
    keys: Json = {SHARD: "HASH", POSITION: "RANGE", **index.get("keys", {})}
    whole: Json = {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
    }
    attributes = {key}
    if index.get("name"):
        attributes |= set(index.get("keys", keys))
        whole["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index["name"],
                "KeySchema": [
                    {"AttributeName": each, "KeyType": kind}
                    for each, kind in index.get("keys", keys).items()
                ],
                "Projection": {"ProjectionType": index.get("projection", "ALL")},
            }
        ]
    whole["AttributeDefinitions"] = [
        {"AttributeName": each, "AttributeType": "S"} for each in sorted(attributes)
    ]
    aws.connect().create_table(**whole)


def test_our_table_passes(name: str) -> None:
    creation.create(aws.connect(), name)
    table = Table(name)
    assert table.keys() == f"{name}: comment_id; {INDEX}: {SHARD}, {POSITION}"
    assert table.time_to_live() == f"on, by {TTL}"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"key": "pk"}, "its key is pk, not comment_id; it has no index by_time"),
        ({"name": "other"}, "it has no index by_time"),
        ({"name": INDEX, "keys": {POSITION: "HASH"}}, "the key of by_time is list_position, not"),
        ({"name": INDEX, "projection": "KEYS_ONLY"}, "by_time does not have all attributes"),
    ],
)
def test_another_shape_fails(name: str, options: Json, found: str) -> None:
    create(name, **options)
    with pytest.raises(FailedError, match=found) as failure:
        Table(name).keys()
    assert "--create-table" in failure.value.advice


def test_records_that_never_expire_fail(name: str) -> None:
    create(name, name=INDEX)
    assert Table(name).keys()
    with pytest.raises(FailedError, match="nothing expires by expires_at"):
        Table(name).time_to_live()
    aws.connect().update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "other"}
    )
    with pytest.raises(FailedError, match="by other: nothing expires"):
        Table(name).time_to_live()


def test_a_missing_table_fails(name: str) -> None:
    with pytest.raises(FailedError, match=f"there is no table {name} in us-east-1"):
        Table(name).keys()


def test_an_endpoint_that_is_gone_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(FailedError, match="cannot be reached"):
        Table(name).keys()


def test_without_credentials_it_is_skipped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(SkippedError, match="no AWS credentials"):
        Table(name).keys()


def test_the_whole_report_has_the_table(name: str, gateway_url: str, dynamodb_url: str) -> None:
    creation.create(aws.connect(), name)
    environment = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
    }
    report = check("--url", gateway_url, "--table", name, **environment)
    assert report.exit_code == 0
    assert report["table", "keys and index"].status == "ok"
    assert report["table", "time to live"].status == "ok"
    environment["DYNAMODB_TABLE_NAME"] = "other"
    report = check("--url", gateway_url, **environment)
    assert report.failed == {("table", "keys and index")}
    assert report["table", "recovery"].status == "skipped"
