"""Probes: whether the process runs, whether it serves, and whether the parts behind it answer."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from gateway.health.readiness import Readiness
from gateway.http import problems
from gateway.http.openapi import refusals
from gateway.http.openapi.document import Description


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
    summary="Whether the gateway has started and is not shutting down",
    response_description="It is ready.",
    tags=["probes"],
    security=[{}],
    opt=Description(
        {200: {MediaType.TEXT: "ok"}}, [*refusals.OF_ALL, refusals.UNAVAILABLE]
    ).options(),
)
async def readyz(
    readiness: NamedDependency[Readiness], is_draining: NamedDependency[Callable[[], bool]]
) -> Response[bytes]:
    """It has started once the model and the store have answered. If one of them fails later, the
    gateway stays ready and says so to its clients."""
    if is_draining():
        return _unavailable("the gateway is shutting down")
    if not readiness.has_started and (outage := await readiness.find_outage()):
        return _unavailable(f"the gateway is starting: {outage}")
    return _ok()


@get(
    "/healthz",
    media_type=MediaType.TEXT,
    operation_id="getHealthz",
    summary="Whether the model and the store answer now",
    response_description="Both answer.",
    tags=["probes"],
    security=[{}],
    opt=Description(
        {200: {MediaType.TEXT: "ok"}}, [*refusals.OF_ALL, refusals.UNAVAILABLE]
    ).options(),
)
async def healthz(readiness: NamedDependency[Readiness]) -> Response[bytes]:
    """For people, not for load balancers: it fails for all gateways at once. Each part is asked at
    most once a second."""
    outage = await readiness.find_outage()
    return _unavailable(outage) if outage else _ok()


def _ok() -> Response[bytes]:
    return Response(b"ok", media_type=MediaType.TEXT)


def _unavailable(detail: str) -> Response[bytes]:
    # Not raised, as each such error is logged, and probes come every second.
    return problems.response(problems.unavailable(detail))
