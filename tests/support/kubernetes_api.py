"""A small API server of Kubernetes: lists objects, forwards ports, and runs commands in pods."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from aiohttp import WSMsgType, web

from tests.support.kubernetes_objects import World

VERSION = {"major": "1", "minor": "34+", "gitVersion": "v1.34.2-eks"}
PROTOCOL = "v4.channel.k8s.io"


@dataclass
class API:
    """What the server answers."""

    world: World
    version: object = field(default_factory=VERSION.copy)
    ports: dict[tuple[str, int], int] = field(default_factory=dict)
    """Where a pod's port really is, on loopback."""
    says: str = "closed\n"
    """What commands in pods print."""
    forbidden: set[str] = field(default_factory=set)
    """Last parts of the paths that are refused with 403."""
    status: int = 200
    """Of all answers."""
    commands: list[list[str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        last = request.path.rstrip("/").rpartition("/")[2]
        if self.status != 200 or last in self.forbidden:
            status = self.status if self.status != 200 else 403
            return web.json_response({"kind": "Status"}, status=status)
        if last == "version":
            return web.json_response(self.version)
        if last in {"portforward", "exec"}:
            pod = request.path.split("/")[-2]
            socket = web.WebSocketResponse(protocols=(PROTOCOL,))
            await socket.prepare(request)
            if last == "exec":
                await self._run(request, socket)
            else:
                await self._forward(socket, pod, int(request.query["ports"]))
            return socket
        if "/namespaces/valence/" not in request.path:
            return web.json_response({"items": []})
        return web.json_response({"items": self.world[last]})

    async def _run(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.commands.append(request.query.getall("command"))
        await socket.send_bytes(b"\x01" + self.says.encode())
        await socket.send_bytes(b"\x03" + json.dumps({"status": "Success"}).encode())
        await socket.close()

    async def _forward(self, socket: web.WebSocketResponse, pod: str, port: int) -> None:
        """https://kubernetes.io/docs/reference/generated/kubernetes-api/ says nothing of it: data
        has channel 0, errors 1, and the first message of each is the port."""
        for channel in (0, 1):
            await socket.send_bytes(bytes([channel]) + port.to_bytes(2, "little"))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[pod, port])
        except (KeyError, OSError):
            await socket.send_bytes(b"\x01" + f"dial tcp4 :{port}: connection refused".encode())
            await socket.close()
            return

        async def answers() -> None:
            while data := await reader.read(65536):
                await socket.send_bytes(b"\x00" + data)
            await socket.close()

        answering = asyncio.create_task(answers())
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                writer.write(message.data[1:])
        writer.close()
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


@contextlib.asynccontextmanager
async def serving(api: API) -> AsyncIterator[str]:
    """Serve while the context lasts; yields the URL."""
    app = web.Application()
    app.router.add_get("/{path:.*}", api.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def kubeconfig(folder: Path, server: str, context: str = "it") -> Path:
    """A kubeconfig with a token for a server, and a context of this name."""
    file = folder / "kubeconfig"
    named = {"clusters": "cluster", "users": "user", "contexts": "context"}
    parts = {
        "clusters": {"server": server},
        "users": {"token": "of nobody"},
        "contexts": {"cluster": "it", "user": "it"},
    }
    config = {name: [{"name": "it", key: parts[name]}] for name, key in named.items()}
    config["contexts"][0]["name"] = context
    file.write_text(yaml.safe_dump({**config, "kind": "Config", "current-context": context}))
    return file
