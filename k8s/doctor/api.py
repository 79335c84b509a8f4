"""The API server of a cluster: the objects of a namespace, and requests into its pods."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

import kubernetes
import urllib3
from kubernetes.stream import portforward, stream
from yaml import YAMLError

from k8s.doctor.check import FailedError, SkippedError

__all__ = ["Cluster", "PodAnswer", "RefusedError"]

TIMEOUT_SECONDS = 2.5
_APIS = (
    *("AppsV1Api", "AutoscalingV2Api", "CoreV1Api"),
    *("NetworkingV1Api", "PolicyV1Api", "VersionApi"),
)
# As websocket-client says it, followed by all headers.
_HANDSHAKE = re.compile(r"Handshake status (\d+) (.*?) -\+-\+-")


_UNVERIFIED = ssl.create_default_context()
_UNVERIFIED.check_hostname = False
_UNVERIFIED.verify_mode = ssl.CERT_NONE


class RefusedError(FailedError):
    """The API server answered with an error."""

    def __init__(self, found: str, advice: str, status: int) -> None:
        """
        Args:
            found: what it said.
            advice: what to do about it.
            status: of the answer; 0 if there was none.
        """
        super().__init__(found, advice)
        self.status = status


class PodAnswer(NamedTuple):
    """What a pod answered, and the times (seconds since 1970) between which it did."""

    status: int
    date: str | None
    text: str
    sent: float
    received: float


class Cluster:
    """The cluster of a kubeconfig, and one namespace in it."""

    def __init__(self, kubeconfig: str, namespace: str, context: str | None = None) -> None:
        """
        Args:
            kubeconfig: its file.
            namespace: in it.
            context: of the kubeconfig; the current one if None.

        Raises:
            FailedError: there is no such file, or it is no kubeconfig.
        """
        self._kubernetes: Any = kubernetes
        self._namespace = namespace
        self._configuration = self._kubernetes.client.Configuration()
        config = self._kubernetes.config
        try:
            config.load_kube_config(
                kubeconfig, context=context, client_configuration=self._configuration
            )
        except (config.ConfigException, OSError, TypeError, ValueError, YAMLError) as error:
            first_line = str(error).partition("\n")[0]
            raise FailedError(
                f"no kubeconfig ({kubeconfig}): {first_line}", "give the file that kubectl uses"
            ) from None
        self._configuration.retries = urllib3.Retry(0)
        # They import hundreds of modules, which is not to count as the cluster's time.
        for api in _APIS:
            self._client(api)

    @property
    def host(self) -> str:
        """The URL of the API server."""
        return str(self._configuration.host)

    def version(self) -> dict[str, Any]:
        """Of the API server.

        Raises:
            FailedError: there is no answer.
        """
        with self._errors():
            told: dict[str, Any] = self._json(self._client("VersionApi").get_code)
        return told

    def list(
        self, api: str, kind: str, *, seconds: float = TIMEOUT_SECONDS
    ) -> list[dict[str, Any]]:
        """The objects of a kind, such as `pod` of `CoreV1Api`.

        Args:
            api: the client's class.
            kind: as its methods name it.
            seconds: that the answer may take.

        Raises:
            FailedError: there is no answer.
            SkippedError: the API server refuses to list them.
        """
        items: list[dict[str, Any]] = self.call(api, f"list_namespaced_{kind}", seconds=seconds)[
            "items"
        ]
        return items

    def call(self, api: str, method: str, *arguments: Any, seconds: float = TIMEOUT_SECONDS) -> Any:
        """Call a method of the client's; returns the answer's JSON.

        Args:
            api: the client's class, such as `CoreV1Api`.
            method: of it, such as `read_namespaced_pod`.
            arguments: of the method. The namespace is added where the method takes it: last, but
                before a body, which is a list or a dictionary.
            seconds: that the answer may take.

        Raises:
            FailedError: there is no answer, or an error (RefusedError).
            SkippedError: the API server does not allow it.
        """
        names = [each for each in arguments if isinstance(each, str)]
        bodies = [each for each in arguments if not isinstance(each, str)]
        with self._errors():
            return self._json(
                getattr(self._client(api), method),
                *(*names, self._namespace, *bodies),
                seconds=seconds,
            )

    def get(self, pod: str, port: int, path: str, *, encrypted: bool = False) -> PodAnswer:
        """Ask a pod as `kubectl port-forward` does, which no NetworkPolicy prevents.

        Args:
            pod: its name.
            port: its number in the pod.
            path: to be asked for.
            encrypted: whether the pod speaks TLS. As the API server leads to it, its certificate
                is not looked at.

        Raises:
            FailedError: there is no answer.
            SkippedError: the API server refuses the way to it.
        """
        connect = self._client("CoreV1Api").connect_get_namespaced_pod_portforward
        with self._errors():
            forward = portforward(connect, pod, self._namespace, ports=str(port))
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.sock = forward.socket(port)
            connection.sock.settimeout(TIMEOUT_SECONDS)
            sent = time.time()
            try:
                if encrypted:
                    connection.sock = _UNVERIFIED.wrap_socket(connection.sock)
                connection.request("GET", path, headers={"Connection": "close"})
                response = connection.getresponse()
                text = response.read().decode(errors="replace")
            except (OSError, http.client.HTTPException) as error:
                reason = forward.error(port) or str(error) or type(error).__name__
                raise FailedError(
                    f"{pod} does not answer {path}: {reason}",
                    f"kubectl -n {self._namespace} describe pod {pod}",
                ) from None
            finally:
                forward.close()
            received = time.time()
        return PodAnswer(response.status, response.getheader("date"), text, sent, received)

    def python(self, pod: str, code: str, seconds: float) -> str:
        """Run a program in a pod; returns its output.

        Raises:
            SkippedError: it cannot be run.
        """
        connect = self._client("CoreV1Api").connect_get_namespaced_pod_exec
        command = ["/usr/bin/python3", "-c", code]
        with self._errors():
            return str(
                stream(
                    *(connect, pod, self._namespace),
                    command=command,
                    stdout=True,
                    stderr=True,
                    stdin=False,
                    tty=False,
                    _request_timeout=seconds,
                )
            )

    def _client(self, api: str) -> Any:
        # One for each call, because the WebSockets replace a client's methods while they begin.
        client = self._kubernetes.client.ApiClient(self._configuration)
        return getattr(self._kubernetes.client, api)(client)

    @staticmethod
    def _json(call: Callable[..., Any], *arguments: Any, seconds: float = TIMEOUT_SECONDS) -> Any:
        # Without the client's classes, which refuse what they do not know.
        ask = partial(call, _preload_content=False, _request_timeout=seconds)
        return json.loads(ask(*arguments).data)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        host = self._configuration.host
        advice = "check KUBECONFIG: kubectl get nodes"
        try:
            yield
        except self._kubernetes.client.ApiException as error:
            status, reason = error.status, " ".join(str(error.reason).split())
            if handshake := _HANDSHAKE.match(reason):
                status, reason = int(handshake[1]), handshake[2]
            if status == HTTPStatus.FORBIDDEN:
                raise SkippedError(f"{host} does not allow it: 403 {reason}") from None
            refused = f"{host} refused: {status or ''} {reason}"
            raise RefusedError(refused, advice, int(status or 0)) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            cause = getattr(error, "reason", None) or error
            raise FailedError(
                f"{host} cannot be reached: {str(cause).rpartition(': ')[2]}", advice
            ) from None
        except (ValueError, KeyError, TypeError):
            raise FailedError(f"{host} is no API server of Kubernetes", advice) from None
