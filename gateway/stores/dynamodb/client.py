"""Client of DynamoDB's HTTP interface, configured like any AWS client."""

from __future__ import annotations

import ssl
from contextlib import AbstractContextManager
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp
import boto3
import botocore.session
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, NoRegionError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from gateway import tracing
from gateway.errors import MisconfiguredError, StoreThrottledError, StoreUnavailableError
from gateway.stores.dynamodb.credentials import Credentials

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_dynamodb.client import DynamoDBClient

Json = dict[str, Any]

SERVICE: Final = "dynamodb"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
TARGET = "DynamoDB_20120810"
TIMEOUT = aiohttp.ClientTimeout(total=2, sock_connect=1)
NO_TABLE = "the table does not exist; `python -m gateway --create-table` creates it"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)


# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
_REFUSED_CREDENTIALS = {
    "ExpiredTokenException": "they have expired; give the gateway new ones",
    "InvalidSignatureException": "the secret key or this machine's clock is wrong",
    "MissingAuthenticationTokenException": "there are none in the call",
    "UnrecognizedClientException": "AWS does not know the access key, or it is another region's",
}


class TransientError(StoreUnavailableError):
    """DynamoDB throttled the call, or its outcome is unknown. The call may be retried."""


class ThrottledError(TransientError, StoreThrottledError):
    """DynamoDB throttled the call."""


class InvalidCallError(StoreUnavailableError):
    """DynamoDB rejected the call as invalid."""


class NoTableError(StoreUnavailableError):
    """The call names a table that does not exist."""


class ConditionFailedError(Exception):
    """The write's condition was not met."""


def connect(region: str | None = None) -> DynamoDBClient:
    """boto3's client, for administration.

    Raises:
        StoreUnavailableError: the AWS configuration is incomplete or wrong.
    """
    try:
        return boto3.client(SERVICE, region_name=region)
    except (BotoCoreError, ValueError) as error:
        raise _unusable(error) from error


class Client:
    """One signed POST per call, on aiohttp's connections.

    Region, address, certificates, credentials and signature come from botocore, which knows AWS's
    rules. Its own client would need a thread per call. aiobotocore pins a botocore older than ours
    and takes more CPU: for a call of 1 / 8 / 25 inserts 405 / 544 / 1,326 µs (3.10, without
    validation), this class 240 / 300 / 600 µs.
    """

    def __init__(self, region: str | None = None) -> None:
        """
        Args:
            region: by default the AWS configuration's.

        Raises:
            StoreUnavailableError: the AWS configuration is incomplete or wrong.
        """
        self._session = botocore.session.get_session()
        try:
            # With placeholder keys, botocore does not look for credentials now.
            configured = self._session.create_client(
                SERVICE,
                region_name=region,
                aws_access_key_id="-",
                aws_secret_access_key="-",  # noqa: S106
            )
        except (BotoCoreError, ValueError) as error:
            raise _unusable(error) from error
        self._region = configured.meta.region_name
        self._url = configured.meta.endpoint_url.rstrip("/") + "/"
        address = urlsplit(self._url)
        self._described: dict[str, Any] = {
            "db.system.name": "aws.dynamodb",
            "rpc.system.name": "aws-api",
            "server.address": address.hostname,
            "server.port": address.port or (443 if address.scheme == "https" else 80),
        }
        self._credentials = Credentials(self._session)
        self._decode = msgspec.json.Decoder(Json).decode

    @property
    def region(self) -> str:
        """The one that is called."""
        return self._region

    async def call(self, operation: str, parameters: Json) -> Json:
        """Call an operation and return its response.

        Args:
            operation: its name, such as `PutItem`.
            parameters: in the form of the API reference.

        Raises:
            TransientError, InvalidCallError, StoreUnavailableError, ConditionFailedError
        """
        try:
            body = msgspec.json.encode(parameters)
        except UnicodeEncodeError as error:
            raise InvalidCallError("DynamoDB accepts UTF-8 only") from error
        headers = self._sign(operation, body, await self._credentials.get())
        with self._span(operation, parameters):
            # They are not signed: whoever passes the call on may replace them.
            content = await self._post(body, headers | tracing.headers())
            try:
                return self._decode(content)
            except msgspec.MsgspecError as error:
                raise TransientError("DynamoDB's answer cannot be decoded") from error

    async def close(self) -> None:
        await self._http.close()

    async def _post(self, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            async with self._http.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                content = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TransientError("DynamoDB cannot be reached") from error
        except TimeoutError as error:
            raise TransientError("DynamoDB does not answer in time") from error
        except aiohttp.ClientError as error:
            raise TransientError("the connection to DynamoDB broke") from error
        code = "" if response.status == HTTPStatus.OK else _code(content)
        tracing.answered(response.status, code)
        tracing.note({"aws.request_id": response.headers.get("x-amzn-RequestId", "")})
        if response.status != HTTPStatus.OK:
            raise _error(response.status, code)
        return content

    def _span(self, operation: str, parameters: Json) -> AbstractContextManager[object]:
        """https://opentelemetry.io/docs/specs/semconv/db/dynamodb"""
        attributes = {
            **self._described,
            "db.operation.name": operation,
            "rpc.method": f"DynamoDB/{operation}",
        }
        if table := parameters.get("TableName"):
            attributes["aws.dynamodb.table_names"] = [table]
        if (size := len(parameters.get("Statements", ()))) > 1:
            attributes["db.operation.batch.size"] = size
        return tracing.span(f"DynamoDB.{operation}", attributes, client=True)

    @cached_property
    def _http(self) -> aiohttp.ClientSession:
        # Created on first use, in the running event loop.
        bundle = get_cert_path(self._session.get_config_variable("ca_bundle") or True)
        return aiohttp.ClientSession(
            timeout=TIMEOUT,
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=bundle)),
            proxy=get_environ_proxies(self._url).get(self._url.partition(":")[0]),
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "Accept-Encoding": "identity",
            },
        )

    def _sign(
        self, operation: str, body: bytes, credentials: ReadOnlyCredentials
    ) -> dict[str, str]:
        target = {"X-Amz-Target": f"{TARGET}.{operation}"}
        request = AWSRequest("POST", self._url, target, data=body)
        SigV4Auth(credentials, SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())


def _unusable(error: Exception) -> StoreUnavailableError:
    """The error for an AWS configuration from which no client can be made."""
    reason = "there is no region; set AWS_REGION" if isinstance(error, NoRegionError) else error
    return StoreUnavailableError(f"DynamoDB cannot be used: {reason}")


def _code(content: bytes) -> str:
    """The name of an error; empty if the content is none."""
    try:
        return str(msgspec.json.decode(content, type=Json).get("__type", "")).rpartition("#")[2]
    except msgspec.MsgspecError:
        return ""


def _error(status: int, code: str) -> Exception:
    if code == "ConditionalCheckFailedException":
        return ConditionFailedError()
    if code == "ValidationException":
        return InvalidCallError("DynamoDB rejects a call as invalid")
    if code == "ResourceNotFoundException":
        return NoTableError(NO_TABLE)
    if mistake := _REFUSED_CREDENTIALS.get(code):
        return MisconfiguredError(f"DynamoDB refuses the credentials: {mistake} ({code})")
    if code == "AccessDeniedException":
        return MisconfiguredError(
            "DynamoDB denies a call: the role of these credentials lacks a permission that"
            " k8s/aws/cloudformation.yaml lists (AccessDeniedException)"
        )
    detail = f"DynamoDB is temporarily unavailable: {code or status}"
    if code in _THROTTLED:
        return ThrottledError(detail)
    if code == "InternalServerError" or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TransientError(detail)
    return StoreUnavailableError(detail)
