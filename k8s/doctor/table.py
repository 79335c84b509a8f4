"""The DynamoDB table, as AWS describes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from gateway.stores.dynamodb.items import INDEX, POSITION, SHARD, TTL
from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.site import is_loopback

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

__all__ = ["Table"]

ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"
COMPLETE = "`python -m gateway --create-table` completes the table, and leaves its records alone"
_REFUSED = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}


class Table:
    """A table, with the credentials of whoever runs this."""

    def __init__(self, name: str, settings: Mapping[str, str] | None = None) -> None:
        """
        Args:
            name: of the table; empty: as the settings or this environment say.
            settings: the gateway's in the cluster, if they are known.

        Raises:
            SkippedError: there is no table, or it cannot be asked from here.
        """
        known = settings or {}
        self.name = (
            name or known.get("DYNAMODB_TABLE_NAME") or os.environ.get("DYNAMODB_TABLE_NAME", "")
        )
        if not self.name:
            raise SkippedError("no TABLE is given, and no DYNAMODB_TABLE_NAME is known")
        inside = known.get(ENDPOINT, "")
        if inside and not (os.environ.get(ENDPOINT) or os.environ.get("AWS_ENDPOINT_URL")):
            host = urlsplit(inside).hostname or ""
            if not is_loopback(host) and "." not in host.removesuffix(".svc"):
                raise SkippedError(
                    f"the table is in the cluster, at {inside}: kubectl -n NAMESPACE port-forward"
                    f" service/{host} 8001:{urlsplit(inside).port or 80}, and"
                    f" {ENDPOINT}=http://127.0.0.1:8001"
                )
        region = os.environ.get("AWS_REGION") or known.get("AWS_REGION") or None
        try:
            self._client: DynamoDBClient = boto3.session.Session().client(
                "dynamodb",
                region_name=region,
                config=Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1}),
            )
        except NoRegionError:
            raise SkippedError("no region: set AWS_REGION") from None
        except (BotoCoreError, ValueError) as error:
            raise SkippedError(f"no client of AWS: {error}") from None

    def keys(self) -> str:
        """Whether the table has the key and the index of Valence, and is active."""
        table: Any = self._ask(lambda: self._client.describe_table(TableName=self.name))["Table"]
        wrong = []
        if (key := _key(table)) != ["comment_id"]:
            wrong.append(f"its key is {', '.join(key)}, not comment_id")
        indexes = {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", [])}
        index = indexes.get(INDEX)
        if index is None:
            wrong.append(f"it has no index {INDEX}")
        else:
            if (key := _key(index)) != [SHARD, POSITION]:
                wrong.append(f"the key of {INDEX} is {', '.join(key)}, not {SHARD}, {POSITION}")
            if index["Projection"].get("ProjectionType") != "ALL":
                wrong.append(f"{INDEX} does not have all attributes")
        if wrong:
            raise FailedError(
                f"{self.name}: {'; '.join(wrong)}",
                "it belongs to something else: set DYNAMODB_TABLE_NAME to another name, and create"
                " that table with `python -m gateway --create-table`",
            )
        for state in (table["TableStatus"], (index or {}).get("IndexStatus", "ACTIVE")):
            if state not in {"ACTIVE", "UPDATING"}:
                raise FailedError(f"{self.name} is {state}", "wait until it is ACTIVE")
        return f"{self.name}: comment_id; {INDEX}: {SHARD}, {POSITION}"

    def time_to_live(self) -> str:
        """Whether records that have expired are removed."""
        call = self._ask(lambda: self._client.describe_time_to_live(TableName=self.name))
        told = call["TimeToLiveDescription"]
        state, attribute = told.get("TimeToLiveStatus"), told.get("AttributeName")
        if state not in {"ENABLED", "ENABLING"} or attribute != TTL:
            found = f"{state or 'unknown'}{f', by {attribute}' if attribute else ''}"
            raise FailedError(f"{found}: nothing expires by {TTL}", COMPLETE)
        return f"on, by {TTL}"

    def recovery(self) -> str:
        """Whether the table can be restored to any time of the last weeks."""
        told: Any = self._ask(
            lambda: self._client.describe_continuous_backups(TableName=self.name)
        )["ContinuousBackupsDescription"]
        state = told.get("PointInTimeRecoveryDescription", {})
        if state.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise FailedError("off: a deletion by mistake is final", COMPLETE)
        return f"on, {state.get('RecoveryPeriodInDays', 35)} days"

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (NoCredentialsError, PartialCredentialsError):
            raise SkippedError("no AWS credentials here") from None
        except ClientError as error:
            code, message = (error.response["Error"].get(each, "") for each in ("Code", "Message"))
            if code == "ResourceNotFoundException":
                region = self._client.meta.region_name
                raise FailedError(
                    f"there is no table {self.name} in {region}",
                    "check DYNAMODB_TABLE_NAME, AWS_REGION and the account, or create it:"
                    " `python -m gateway --create-table`",
                ) from None
            if code == "UnknownOperationException":
                raise SkippedError("this endpoint does not know it") from None
            if code in _REFUSED:
                raise SkippedError(f"AWS refuses the credentials here: {code}") from None
            raise FailedError(f"{code}: {message}", "see the AWS console") from None
        except BotoCoreError as error:
            raise FailedError(
                f"cannot be reached: {error}", f"check the network, AWS_REGION and {ENDPOINT}"
            ) from None


def _key(described: Any) -> list[str]:
    """The names of the key's attributes, of a table or an index."""
    order = {"HASH": 0, "RANGE": 1}
    elements = sorted(described["KeySchema"], key=lambda each: order[each["KeyType"]])
    return [each["AttributeName"] for each in elements]
