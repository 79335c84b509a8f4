"""Calls to DynamoDB: a client by the user's settings, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from gateway.items import SHARDS
from gateway.store import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)


class TransientError(StoreUnavailable):
    """It was throttled, or it is not known whether it was done; it may be done again."""


class InvalidCallError(StoreUnavailable):
    """DynamoDB does not understand the call."""


class ConditionFailedError(Exception):
    """What the call was made on condition of is not so."""


def connect(region: str | None = None) -> DynamoDBClient:
    """A client by boto3's own settings: `AWS_ENDPOINT_URL_DYNAMODB`, credentials, and so on.

    Raises:
        StoreUnavailable: a setting is missing or wrong.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=2 * SHARDS,
        # DynamoDB validates, too; here it takes as long as all else that the client does.
        parameter_validation=False,
    )
    try:
        return boto3.client("dynamodb", region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise StoreUnavailable(f"DynamoDB cannot be used: {error}") from error


@contextmanager
def understood(table: str) -> Iterator[None]:
    """Turns what boto3 raises into `StoreUnavailable`, or one of the errors above."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ValidationException":
            raise InvalidCallError("DynamoDB does not understand a call") from error
        if code == "ConditionalCheckFailedException":
            raise ConditionFailedError from error
        if code in _TRANSIENT:
            raise TransientError(f"DynamoDB does not do its part now: {code}") from error
        if code == "ResourceNotFoundException":
            raise StoreUnavailable(
                f"the table {table} is not there; `--create-table` makes it"
            ) from error
        raise StoreUnavailable(f"DynamoDB does not do its part now: {code}") from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise StoreUnavailable("DynamoDB cannot be reached") from error
    except HTTPClientError as error:
        raise TransientError("the connection to DynamoDB broke") from error
    except BotoCoreError as error:
        raise StoreUnavailable("DynamoDB cannot be asked") from error
