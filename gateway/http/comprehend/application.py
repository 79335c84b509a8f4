"""Answers clients of Amazon Comprehend, whose programs change the address only.

The access key id is the token. The signature is not checked, as the gateway does not know a secret
to check it with: over TLS that is as safe as a bearer token, which is sent as it is, too.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from gateway.comments import Comments, count_refusal
from gateway.errors import UnavailableError
from gateway.http import problems
from gateway.http.access.tokens import UNKNOWN, Role, Tokens
from gateway.http.bodies import Bodies
from gateway.http.comprehend.operations import Answer, ComprehendError, run, texts_of
from gateway.http.comprehend.protocols import OPERATIONS, PATH, Request
from gateway.http.disconnect import WhileConnected
from gateway.http.exchange import Exchange
from gateway.http.rsgi import HTTPProtocol
from gateway.http.shedding import Shedding
from problem_details import Problem

__all__ = ["Comprehend"]

# 25 texts of 5,000 bytes, each of which may take six in JSON.
BODY_MAX_BYTES = 1024 * 1024
MAX_UNFINISHED_BODIES = 64
MODEL_HEADER = "x-model"
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 .*?Credential=([^/,\s]{1,256})/")


class Comprehend:
    """The RSGI application."""

    def __init__(
        self, comments: Comments, tokens: Tokens, shedding: Shedding, request_seconds: float
    ) -> None:
        self._comments = comments
        self._tokens = tokens
        self._shedding = shedding
        self._bodies = Bodies(request_seconds, BODY_MAX_BYTES, MAX_UNFINISHED_BODIES)

    async def __call__(self, exchange: Exchange, protocol: HTTPProtocol, request: Request) -> None:
        known = request.operation in OPERATIONS
        exchange.route = f"{PATH}{request.operation if known else '{operation}'}"
        received = False
        caller = None
        texts: list[str] = []
        try:
            if not known:
                raise ComprehendError("UnknownOperationException", "There is no such operation.")
            if refusal := self._shedding.find_refusal(recorded=False):
                count_refusal(refusal)
                raise ComprehendError("ThrottlingException", f"{refusal.capitalize()}.")
            token = self._bearer(exchange.headers.get("authorization"))
            self._tokens.require(token, Role.SUBMIT, request.operation, requests=0)
            body = await self._bodies.read(exchange, protocol, request.protocol.media_type)
            received = True
            texts = texts_of(request.operation, _decode(request, body))
            caller = self._tokens.require(token, Role.SUBMIT, request.operation, len(texts))
            async with WhileConnected(protocol):
                answer = await self._run(request.operation, texts)
        except Exception as error:
            if caller and _is_outage(error):
                self._tokens.give_back(caller, len(texts))
            await self._refuse(exchange, protocol, request, error, received=received)
            return
        headers = (
            ("content-type", request.protocol.media_type),
            *((MODEL_HEADER, model) for model in answer.models),
            *request.protocol.headers,
        )
        exchange.answer(HTTPStatus.OK, headers, request.protocol.encode(answer.document))

    async def _run(self, operation: str, texts: list[str]) -> Answer:
        self._shedding.in_progress += 1
        try:
            return await run(operation, texts, self._comments)
        finally:
            self._shedding.in_progress -= 1

    async def _refuse(
        self,
        exchange: Exchange,
        protocol: HTTPProtocol,
        request: Request,
        error: Exception,
        *,
        received: bool,
    ) -> None:
        refusal = error if isinstance(error, ComprehendError) else _translate(error)
        can_continue = received or await self._bodies.discard(exchange, protocol)
        headers = (
            ("content-type", request.protocol.media_type),
            ("x-amzn-errortype", refusal.code),
            *request.protocol.headers,
        )
        document = {
            "__type": f"com.amazonaws.comprehend#{refusal.code}",
            "Message": str(refusal),
            "message": str(refusal),
        }
        exchange.answer(
            refusal.status, headers, request.protocol.encode(document), close=not can_continue
        )

    @staticmethod
    def _bearer(authorization: str | None) -> str | None:
        credential = _CREDENTIAL.match(authorization or "")
        return f"Bearer {credential[1]}" if credential else None


def _decode(request: Request, body: bytes) -> Any:
    try:
        return request.protocol.decode(body)
    except Exception as error:
        raise ComprehendError("SerializationException", "The body cannot be read.") from error


def _is_outage(error: Exception) -> bool:
    if isinstance(error, ComprehendError):
        return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, UnavailableError)


_CODES = {
    HTTPStatus.UNAUTHORIZED: "UnrecognizedClientException",
    HTTPStatus.FORBIDDEN: "AccessDeniedException",
    HTTPStatus.TOO_MANY_REQUESTS: "ThrottlingException",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "RequestEntityTooLargeException",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "SerializationException",
    HTTPStatus.SERVICE_UNAVAILABLE: "ThrottlingException",
}


def _translate(error: Exception) -> ComprehendError:
    problem: Problem = problems.from_error(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and problem.status not in _CODES:
        return ComprehendError(
            "InternalServerException", problem.detail, HTTPStatus.INTERNAL_SERVER_ERROR
        )
    code = _CODES.get(problem.status, "InvalidRequestException")
    # What a client of Comprehend has sent is named as in its own API.
    for field in problem.errors:
        if field.field == "Authorization":
            fault = "is not a known token" if field.detail == UNKNOWN else field.detail
            return ComprehendError(code, f"The access key id {fault}.")
        if field.field == "comments":
            return ComprehendError(code, f"TextList {field.detail}.")
    # As AWS does: the code tells what is wrong, and clients retry by it.
    return ComprehendError(code, problem.detail)
