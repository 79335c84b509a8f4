"""DynamoDB's HTTP interface, by the user's settings of AWS."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from concurrent.futures import Future
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import boto3
import botocore.session
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from gateway.stores.base import StoreUnavailable

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_dynamodb.client import DynamoDBClient

Json = dict[str, Any]

SERVICE: Final = "dynamodb"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
TARGET = "DynamoDB_20120810"
TIMEOUT = aiohttp.ClientTimeout(total=2, sock_connect=1)
# botocore renews what expires 10 to 15 minutes ahead: so seldom is often enough to notice.
CREDENTIALS_SECONDS = 60
FIND_CREDENTIALS_SECONDS = 4.0
NO_TABLE = "the table is not there: `--create-table` makes it"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
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
    """boto3's client, for what is done seldom.

    Raises:
        StoreUnavailable: a setting of AWS is missing or wrong.
    """
    try:
        return boto3.client(SERVICE, region_name=region)
    except (BotoCoreError, ValueError) as error:
        raise StoreUnavailable(f"DynamoDB cannot be used: {error}") from error


class Endpoint:
    """One signed POST a call.

    boto3's client would need a thread a call, and twice the CPU. What goes by AWS's rules is left
    to botocore here, too: region, address, certificates, credentials, signature.
    """

    def __init__(self, region: str | None = None) -> None:
        """
        Args:
            region: if not by boto3's own settings.

        Raises:
            StoreUnavailable: a setting of AWS is missing or wrong.
        """
        self._aws = botocore.session.get_session()
        try:
            # Keys, or it would look for some now.
            client = self._aws.create_client(
                SERVICE,
                region_name=region,
                aws_access_key_id="-",
                aws_secret_access_key="-",  # noqa: S106
            )
        except (BotoCoreError, ValueError) as error:
            raise StoreUnavailable(f"DynamoDB cannot be used: {error}") from error
        self._region = client.meta.region_name
        self._url = client.meta.endpoint_url.rstrip("/") + "/"
        self._credentials: ReadOnlyCredentials | None = None
        self._credentials_until = 0.0
        self._search: Future[ReadOnlyCredentials] | None = None
        self._decode = msgspec.json.Decoder(Json).decode

    async def call(self, operation: str, parameters: Json) -> Json:
        """What DynamoDB answers.

        Args:
            operation: as `PutItem`.
            parameters: as the API reference has them.

        Raises:
            TransientError, InvalidCallError, StoreUnavailable, ConditionFailedError
        """
        try:
            body = msgspec.json.encode(parameters)
        except UnicodeEncodeError as error:
            raise InvalidCallError("DynamoDB takes UTF-8 only") from error
        headers = self._sign(operation, body, await self._fresh_credentials())
        try:
            async with self._http.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                content = await response.read()
        except aiohttp.ClientConnectorError as error:
            raise TransientError("DynamoDB cannot be reached") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TransientError("the connection to DynamoDB broke") from error
        if response.status != HTTPStatus.OK:
            raise self._error(response.status, content)
        try:
            return self._decode(content)
        except msgspec.MsgspecError as error:
            raise TransientError("DynamoDB's answer is not understood") from error

    async def close(self) -> None:
        await self._http.close()

    @cached_property
    def _http(self) -> aiohttp.ClientSession:
        # Made where the loop runs.
        bundle = get_cert_path(self._aws.get_config_variable("ca_bundle") or True)
        return aiohttp.ClientSession(
            timeout=TIMEOUT,
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=bundle)),
            proxy=get_environ_proxies(self._url).get(self._url.partition(":")[0]),
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "Accept-Encoding": "identity",
            },
        )

    async def _fresh_credentials(self) -> ReadOnlyCredentials:
        now = time.monotonic()
        if self._credentials is None or now > self._credentials_until:
            if self._search is None or self._search.done():
                self._search = Future()
                # Neither all callers nor the end of the process wait for one that hangs.
                threading.Thread(target=self._find, args=[self._search], daemon=True).start()
            search = asyncio.shield(asyncio.wrap_future(self._search))
            try:
                self._credentials = await asyncio.wait_for(search, FIND_CREDENTIALS_SECONDS)
            except TimeoutError:
                raise StoreUnavailable("DynamoDB cannot be asked: no credentials came") from None
            self._credentials_until = now + CREDENTIALS_SECONDS
        return self._credentials

    def _find(self, search: Future[ReadOnlyCredentials]) -> None:
        try:
            found = self._aws.get_credentials()
            if found is None:
                raise StoreUnavailable("DynamoDB cannot be asked: there are no credentials")
            search.set_result(found.get_frozen_credentials())
        except StoreUnavailable as error:
            search.set_exception(error)
        except Exception as error:
            unavailable = StoreUnavailable("DynamoDB cannot be asked: no credentials came")
            unavailable.__cause__ = error
            search.set_exception(unavailable)

    def _sign(
        self, operation: str, body: bytes, credentials: ReadOnlyCredentials
    ) -> dict[str, str]:
        request = AWSRequest(
            "POST", self._url, {"X-Amz-Target": f"{TARGET}.{operation}"}, data=body
        )
        SigV4Auth(credentials, SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())

    @staticmethod
    def _error(status: int, content: bytes) -> Exception:
        try:
            code = str(msgspec.json.decode(content, type=Json).get("__type", "")).rpartition("#")[2]
        except msgspec.MsgspecError:
            code = ""
        if code == "ConditionalCheckFailedException":
            return ConditionFailedError()
        if code == "ValidationException":
            return InvalidCallError("DynamoDB does not understand a call")
        if code == "ResourceNotFoundException":
            return StoreUnavailable(NO_TABLE)
        detail = f"DynamoDB does not do its part now: {code or status}"
        if code in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TransientError(detail)
        return StoreUnavailable(detail)
