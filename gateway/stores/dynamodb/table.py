"""Makes the DynamoDB table, or completes one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from gateway.stores.base import StoreUnavailable
from gateway.stores.dynamodb.items import INDEX, POSITION, SHARD, TTL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def create(client: DynamoDBClient, table: str) -> list[str]:
    """On-demand capacity, the index for listing, time to live, point-in-time recovery.

    May be run again at any time.

    Returns:
        What was done, a line each.

    Raises:
        StoreUnavailable: DynamoDB refuses, or a table of that name has another key.
    """
    try:
        return [
            _table(client, table),
            _time_to_live(client, table),
            _point_in_time_recovery(client, table),
        ]
    except WaiterError as error:
        raise StoreUnavailable(f"table {table} did not become active: {error}") from error
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"table {table} cannot be made: {error}") from error


def _table(client: DynamoDBClient, table: str) -> str:
    try:
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("comment_id", SHARD, POSITION)
            ],
            KeySchema=[{"AttributeName": "comment_id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": INDEX,
                    "KeySchema": [
                        {"AttributeName": SHARD, "KeyType": "HASH"},
                        {"AttributeName": POSITION, "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        done = f"table {table}: created"
    except client.exceptions.ResourceInUseException:
        done = f"table {table}: was there"
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    description = client.describe_table(TableName=table)["Table"]
    key = [element["AttributeName"] for element in description["KeySchema"]]
    indexes = {index["IndexName"] for index in description.get("GlobalSecondaryIndexes", [])}
    if key != ["comment_id"] or INDEX not in indexes:
        raise StoreUnavailable(
            f"table {table} is not one of Valence's: it needs the key comment_id and the index"
            f" {INDEX}; it has {', '.join(key)} and {', '.join(sorted(indexes)) or 'no index'}"
        )
    return done


def _time_to_live(client: DynamoDBClient, table: str) -> str:
    state = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if state.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        return f"time to live by {state.get('AttributeName')}: was on"
    client.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL},
    )
    return f"time to live by {TTL}: turned on"


def _point_in_time_recovery(client: DynamoDBClient, table: str) -> str:
    try:
        client.update_continuous_backups(
            TableName=table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "UnknownOperationException":
            raise
        return "point-in-time recovery: not known to this endpoint"
    return "point-in-time recovery: on"
