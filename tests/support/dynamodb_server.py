"""A server that stands for DynamoDB and checks signatures."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

REGION = "eu-central-1"
SECRET = "of "  # noqa: S105


class Server:
    """Stands for DynamoDB, and for the agent that hands out credentials on EKS."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.Response] = lambda: web.json_response({"Item": {}})
        self.requests: list[tuple[web.Request, bytes]] = []
        self.handed_out: list[str] = []
        self.lifetime = dt.timedelta(hours=6)
        self.open = asyncio.Event()
        self.open.set()

    async def dynamodb(self, request: web.Request) -> web.Response:
        self.requests.append((request, await request.read()))
        await self.open.wait()
        return self.answer()

    async def credentials(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "from the file"
        key = f"key {len(self.handed_out)}"
        self.handed_out.append(key)
        await self.open.wait()
        expires = dt.datetime.now(dt.UTC) + self.lifetime
        return web.json_response(
            {
                "AccessKeyId": key,
                "SecretAccessKey": SECRET + key,
                "Token": f"token of {key}",
                "Expiration": expires.isoformat(),
            }
        )

    def fails(self, status: int, content: str) -> None:
        self.answer = lambda: web.Response(status=status, text=content)


def assert_signed(request: web.Request, body: bytes, key: str) -> None:
    """As AWS would: what arrived, signed once more, has the signature that came with it."""
    signer = SigV4Auth(
        ReadOnlyCredentials(key, SECRET + key, f"token of {key}"), "dynamodb", REGION
    )
    given = request.headers["Authorization"]
    names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-target", "x-amz-security-token"} <= set(names)
    again = AWSRequest("POST", str(request.url), {n: request.headers[n] for n in names}, body)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    wanted = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    assert given.endswith(f"Signature={wanted}")
    assert f"Credential={key}/" in given
