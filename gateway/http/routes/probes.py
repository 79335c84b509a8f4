"""Probes: whether the process runs, and whether it can take comments."""

from __future__ import annotations

from collections.abc import Callable

from litestar import get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from gateway.errors import UnavailableError
from gateway.http.openapi import refusals
from gateway.http.openapi.document import Description
from gateway.readiness import Readiness


@get(
    "/livez",
    media_type=MediaType.TEXT,
    operation_id="getLivez",
    summary="Whether the gateway runs",
    response_description="It runs.",
    tags=["probes"],
    security=[{}],
    opt=Description({200: {MediaType.TEXT: "ok"}}, refusals.OF_ALL).options(),
)
async def livez() -> str:
    return "ok"


@get(
    "/readyz",
    media_type=MediaType.TEXT,
    operation_id="getReadyz",
    summary="Whether the gateway can take comments",
    response_description="It is ready.",
    tags=["probes"],
    security=[{}],
    opt=Description(
        {200: {MediaType.TEXT: "ok"}}, [*refusals.OF_ALL, refusals.UNAVAILABLE]
    ).options(),
)
async def readyz(
    readiness: NamedDependency[Readiness], is_draining: NamedDependency[Callable[[], bool]]
) -> str:
    if is_draining():
        raise UnavailableError("the gateway is shutting down")
    if outage := await readiness.find_outage():
        raise UnavailableError(outage)
    return "ok"
