"""Creates the DynamoDB table, or completes an existing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from gateway.errors import StoreUnavailableError
from gateway.stores.dynamodb.items import INDEX, POSITION, SHARD, TTL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def create(client: DynamoDBClient, table: str) -> list[str]:
    """Create the table: on-demand capacity, listing index, time to live, point-in-time recovery.

    Idempotent.

    Returns:
        A line for each step.

    Raises:
        StoreUnavailableError: DynamoDB refuses, or a table of that name has another key.
    """
    try:
        return [
            _table(client, table),
            _time_to_live(client, table),
            _point_in_time_recovery(client, table),
        ]
    except WaiterError as error:
        raise StoreUnavailableError(f"table {table} did not become active: {error}") from error
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailableError(f"table {table} cannot be created: {error}") from error


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
        done = f"table {table}: exists"
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    description = client.describe_table(TableName=table)["Table"]
    key = [element["AttributeName"] for element in description["KeySchema"]]
    indexes = {index["IndexName"] for index in description.get("GlobalSecondaryIndexes", [])}
    if key != ["comment_id"] or INDEX not in indexes:
        raise StoreUnavailableError(
            f"table {table} does not belong to Valence: it needs the key comment_id and the index"
            f" {INDEX}; it has {', '.join(key)} and {', '.join(sorted(indexes)) or 'no index'}"
        )
    return done


def _time_to_live(client: DynamoDBClient, table: str) -> str:
    state = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if state.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        return f"time to live by {state.get('AttributeName')}: is on"
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
        return "point-in-time recovery: not supported by this endpoint"
    return "point-in-time recovery: on"
