"""`python -m k8s.doctor` on a cluster: real pods' processes behind a small API server.

The API server shows our manifests with the status that Kubernetes documents; tests/cluster does the
same on a real one.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from processes import free_port
from tests.support.doctor import check
from tests.support.examined import Examined, port_of
from tests.support.gateways import Gateway
from tests.support.kubernetes_api import API
from tests.support.kubernetes_objects import unready
from tests.support.scripted import Says, scripted

CHECKS = (
    *("reachable", "pods", "model", "model and store", "clocks", "versions"),
    *("autoscalers", "budgets", "policies", "enforced"),
)


async def test_all_is_well(api: API, examined: Examined) -> None:
    report = await examined.report()
    found = {name: report["cluster", name] for name in CHECKS}
    assert {name: line.status for name, line in found.items()} == dict.fromkeys(CHECKS, "ok")
    assert report.exit_code == 0
    assert report.errors == ""
    assert found["reachable"].found == "Kubernetes v1.34.2-eks"
    assert found["model"].found.endswith("in 10 of 10 answers, bento-0, bento-1")
    assert found["versions"].found == "0.1.0 (bento, gateway)"
    [[program, _, code]] = api.commands
    assert program == "/usr/bin/python3"
    assert "10.0.0.1" in code
    # Of DynamoDB Local in the cluster only its address there is known.
    assert "kubectl -n valence port-forward" in report["table", "keys and index"].found
    assert report["table", "keys and index"].status == "skipped"


async def test_another_model_in_one_pod_fails(api: API, examined: Examined) -> None:
    def old(_: object) -> Says:
        return Says(200, {"model": "sha256:" + "0" * 64})

    with scripted(old) as url:
        api.ports["bento-1", 3000] = port_of(url)
        report = await examined.report()
    assert report.failed == {("cluster", "model")}, report.output
    assert "sha256:000000000000 in bento-1" in report["cluster", "model"].found


async def test_bentos_that_speak_tls_are_asked(api: API, examined: Examined) -> None:
    for each in api.world["pods"]:
        if each["metadata"]["name"].startswith("bento"):
            probe = each["spec"]["containers"][0]["readinessProbe"]
            probe["httpGet"]["scheme"] = "HTTPS"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("bento").configure_cert(context)

    async def old(_: web.Request) -> web.Response:
        return web.json_response({"model": "sha256:" + "0" * 64})

    app = web.Application()
    app.router.add_get("/model", old)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    for number in range(2):
        api.ports[f"bento-{number}", 3000] = runner.addresses[0][1]
    report = await examined.report()
    await runner.cleanup()
    assert "sha256:000000000000 in bento-0, bento-1" in report["cluster", "model"].found


async def test_another_version_in_one_pod_fails(api: API, examined: Examined) -> None:
    text = 'valence_build_info{part="gateway",version="0.0.1",model=""} 1\n'
    with scripted(lambda _: Says(200, text)) as url:
        api.ports["gateway-1", 9090] = port_of(url)
        report = await examined.report()
    assert report.failed == {("cluster", "versions")}, report.output
    assert "0.0.1: gateway (gateway-1)" in report["cluster", "versions"].found


async def test_a_gateway_that_reaches_no_store_fails(api: API, examined: Examined) -> None:
    says = Says(503, {"detail": "the store is out (no credentials)"})
    with scripted(lambda _: says) as url:
        api.ports["gateway-0", 8000] = port_of(url)
        report = await examined.report()
    assert report.failed == {("cluster", "model and store")}, report.output
    found = report["cluster", "model and store"].found
    assert found == "gateway-0: the store is out (no credentials)"


async def test_a_node_whose_clock_is_off_fails(api: API, examined: Examined) -> None:
    says = Says(200, "ok", {"Date": "Fri, 01 Jan 2021 00:00:00 GMT"})
    with scripted(lambda _: says) as url:
        api.ports["gateway-1", 8000] = port_of(url)
        report = await examined.report()
    assert report.failed == {("cluster", "clocks")}, report.output
    assert report["cluster", "clocks"].found.startswith("gateway-1: ")


async def test_a_pod_that_does_not_answer_fails(api: API, examined: Examined) -> None:
    del api.ports["gateway-1", 8000]
    report = await examined.report()
    assert report.failed == {("cluster", "model and store")}, report.output
    assert report["cluster", "clocks"].status == "skipped"
    assert "gateway-1 does not answer /healthz: " in report["cluster", "model and store"].found


async def test_policies_that_nobody_enforces_fail(api: API, examined: Examined) -> None:
    api.says = "open\n"
    report = await examined.report()
    assert report.failed == {("cluster", "enforced")}, report.output
    assert "bento-0 can connect to gateway-0" in report["cluster", "enforced"].found


async def test_policies_that_cannot_be_tried_are_said_so(api: API, examined: Examined) -> None:
    api.forbidden = {"exec"}
    report = await examined.report()
    assert report.exit_code == 0
    assert report["cluster", "enforced"].status == "skipped"
    assert report["cluster", "enforced"].found.startswith("not tried: ")
    api.forbidden = set()
    api.says = "exec /usr/bin/python3: no such file"
    report = await examined.report()
    assert "no such file" in report["cluster", "enforced"].found
    assert report["cluster", "enforced"].status == "skipped"


async def test_objects_that_are_wrong_fail(api: API, examined: Examined) -> None:
    unready(api.world["pods"][0], "ImagePullBackOff")
    api.world["horizontalpodautoscalers"][0]["status"] = {}
    api.world["poddisruptionbudgets"][0]["status"] = {}
    api.world["networkpolicies"].clear()
    api.version = {"major": "1", "minor": "20", "gitVersion": "v1.20.0"}
    report = await examined.report()
    names = ("reachable", "pods", "autoscalers", "budgets", "policies")
    assert report.failed == {("cluster", name) for name in names}, report.output
    assert report.exit_code == 1


async def test_what_may_not_be_read_is_skipped(api: API, examined: Examined) -> None:
    api.forbidden = {"portforward", "exec", "networkpolicies", "configmaps"}
    report = await examined.report()
    assert report.exit_code == 0
    for name in ("model", "model and store", "clocks", "versions", "policies", "enforced"):
        assert report["cluster", name].status == "skipped", name
        assert "403 Forbidden" in report["cluster", name].found


async def test_an_empty_namespace_fails(examined: Examined) -> None:
    report = await examined.report("--namespace", "other")
    assert report.failed == {("cluster", "pods")} | {
        ("cluster", name) for name in ("autoscalers", "budgets")
    }
    assert "NAMESPACE" in report["cluster", "pods"].advice


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_cluster_that_refuses_is_one_line(
    status: int, api: API, examined: Examined
) -> None:
    api.status = status
    report = await examined.report()
    assert report.failed == {("cluster", "reachable")}, report.output
    assert str(status) in report["cluster", "reachable"].found
    assert report["cluster", "reachable"].found.count("\n") == 0


async def test_a_cluster_that_is_down_is_one_line(gateway: Gateway, tmp_path: Path) -> None:
    report = await Examined(gateway, f"http://127.0.0.1:{free_port()}", tmp_path).report()
    assert report.failed == {("cluster", "reachable")}, report.output
    assert report["cluster", "reachable"].found.endswith("Connection refused")
    assert report.errors == ""


@pytest.mark.parametrize("content", [None, "", "hello", "{", "\0"])
def test_a_bad_kubeconfig_is_one_line(
    content: str | None, gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content)
    report = check("--url", gateway.url, KUBECONFIG=str(file))
    assert report.failed == {("cluster", "reachable")}, report.output
    assert report["cluster", "reachable"].found.startswith(f"no kubeconfig ({file}): ")
    assert report.errors == ""
