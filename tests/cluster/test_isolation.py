"""The installation is closed: restricted pods, one way in, and no other flows.

NetworkPolicies are tested only where ENFORCED says that the cluster's network enforces them: kind's
does, a plain bridge does not.
"""

from __future__ import annotations

import httpx
import kubernetes
import pytest

from tests.cluster.cluster import DEPLOYMENTS, NAMESPACE, Cluster

pytestmark = pytest.mark.timeout(900)


def test_a_privileged_pod_is_rejected(cluster: Cluster) -> None:
    container = {
        "name": "root",
        "image": cluster.image("gateway"),
        "securityContext": {"privileged": True},
    }
    pod = {"metadata": {"name": "privileged"}, "spec": {"containers": [container]}}
    with pytest.raises(kubernetes.client.ApiException, match="PodSecurity") as rejection:
        cluster.core.create_namespaced_pod(NAMESPACE, pod, dry_run="All")
    assert rejection.value.status == 403


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_root_file_system_is_read_only(name: str, settled: Cluster) -> None:
    code = """
import os
try:
    open('/app/x', 'w')
except OSError as error:
    print(os.getuid(), error.strerror)
"""
    [pod, *_] = settled.ready(name)
    assert settled.python(pod.metadata.name, code).strip() == "10001 Read-only file system"


def test_only_the_gateway_can_be_reached_from_outside(
    settled: Cluster, client: httpx.Client
) -> None:
    assert settled
    for path in ("/", "/docs", "/openapi.json", "/static/page.js", "/comments", "/statistics"):
        assert client.get(path).status_code == 200, path
    # Sent as they are (httpx would take //readyz for a host): neither the Ingress nor the gateway
    # may resolve them.
    disguised = (b"/%72eadyz", b"//readyz", b"/comments/..%2freadyz", b"/static/%2e%2e/readyz")
    for raw_path in (b"/readyz", b"/livez", b"/metrics", b"/commentsx", *disguised):
        url = client.base_url.copy_with(raw_path=raw_path)
        assert client.get(url).status_code == 404, raw_path
    assert client.post("/sentiment", json={"text": "good"}).status_code == 404
    assert client.post("/classify", json={"texts": ["good"]}).status_code == 404
