"""The DynamoDB table that `python -m gateway --create-table` creates."""

from __future__ import annotations

import subprocess
import uuid

import httpx
import pytest

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb.items import INDEX
from processes import module
from tests.support.gateways import Gateway


@pytest.fixture
def table_name(dynamodb_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    assert dynamodb_url
    name = f"comments-{uuid.uuid4()}"
    monkeypatch.setenv("DYNAMODB_TABLE_NAME", name)
    return name


def create() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        module("gateway", "--create-table"), capture_output=True, text=True, check=False
    )


def test_the_table_is_created_once(table_name: str) -> None:
    first = create()
    assert first.returncode == 0, first.stderr
    assert "created" in first.stdout
    second = create()
    assert second.returncode == 0, second.stderr
    assert "exists" in second.stdout

    client = aws.connect()
    description = client.describe_table(TableName=table_name)["Table"]
    assert description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in description["GlobalSecondaryIndexes"]] == [INDEX]
    ttl = client.describe_time_to_live(TableName=table_name)["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "ENABLED"
    assert ttl["AttributeName"] == "expires_at"


def test_a_table_with_another_schema_is_rejected_in_one_line(table_name: str) -> None:
    aws.connect().create_table(
        TableName=table_name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    rejected = create()
    assert rejected.returncode == 1
    assert rejected.stderr.count("\n") == 1
    assert "it has pk and no index" in rejected.stderr


def test_the_gateway_stores_comments_in_it(table_name: str, bento_url: str) -> None:
    create()
    with (
        Gateway(bento_url) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        assert client.get("/readyz").status_code == 200
        record = client.post("/comments", json={"comment": "👍 good\n"}).json()
        assert client.get(f"/comments/{record['comment_id']}").json() == record
        assert client.get("/comments").json() == {"comments": [record], "next_cursor": None}
    item = aws.connect().get_item(
        TableName=table_name, Key={"comment_id": {"S": record["comment_id"]}}
    )["Item"]
    assert {name: item[name]["S"] for name in record} == record
