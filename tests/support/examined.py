"""Runs the doctor on a gateway and a small API server."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.doctor import Report, check
from tests.support.gateways import Gateway
from tests.support.kubernetes_api import kubeconfig


def port_of(url: str) -> int:
    """The port in the URL of a server."""
    return int(url.rpartition(":")[2].partition("/")[0])


class Examined:
    """Runs the doctor on the gateway and the API server."""

    def __init__(self, gateway: Gateway, server: str, folder: Path) -> None:
        self.arguments = ("--url", gateway.url, "--kubeconfig", kubeconfig(folder, server))

    async def report(self, *arguments: object, **environment: str) -> Report:
        return await asyncio.to_thread(check, *self.arguments, *arguments, **environment)
