"""The overlays render, are valid for Kubernetes, and are as they were seen to be."""

from __future__ import annotations

import math
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from bento import settings as bento_settings
from gateway import settings as gateway_settings
from tests.k8s.policy import Objects, name
from tests.k8s.rendering import GOLDEN, OVERLAYS, ROOT, Object, objects, render

NEWEST = kubernetes_validate.utils.all_versions()[-3:]
# Custom resources, which the schemas of Kubernetes itself do not have.
CUSTOM = {"PrometheusRule", "ServiceMonitor"}
# Longest time for which cluster DNS goes on naming a pod that has left: kubeadm, and kind with it,
# sets 30 s; CoreDNS's own default is 5 s. https://coredns.io/plugins/kubernetes/
DNS_TTL_SECONDS = 30
# In which an Ingress controller or a kube-proxy hears of a pod's end, with much to spare; a load
# balancer outside of the cluster has a test of its own.
CONTROLLER_SECONDS = 5


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("version", NEWEST)
def test_valid_for_the_newest_versions_of_kubernetes(overlay: str, version: str) -> None:
    for item in objects(overlay):
        if item["kind"] not in CUSTOM:
            kubernetes_validate.validate(item, version, strict=True)


def test_an_unknown_field_is_not_valid() -> None:
    item = Objects(objects("eks")).find("Deployment", "gateway", "valence")
    assert item
    item["spec"]["template"]["spec"]["terminationGracePeriod"] = 30
    with pytest.raises(kubernetes_validate.ValidationError, match="terminationGracePeriod"):
        kubernetes_validate.validate(item, NEWEST[-1], strict=True)


def test_as_it_was_seen(overlay: str) -> None:
    golden = (GOLDEN / f"{overlay}.yaml").read_text()
    assert render(overlay) == golden, "`make golden` renews the files, if this is meant"


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == OVERLAYS.keys()


def test_every_part_is_rendered_somewhere() -> None:
    used: set[Path] = set()
    waiting = [path.resolve() for path in OVERLAYS.values()]
    while waiting:
        folder = waiting.pop()
        used.add(folder)
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
        named = [*kustomization.get("resources", []), *kustomization.get("components", [])]
        waiting += [(folder / item).resolve() for item in named if (folder / item).is_dir()]
    there = {path.parent.resolve() for path in (ROOT / "k8s").rglob("kustomization.yaml")}
    assert there - {ROOT / "k8s/overlays/mine"} <= used  # which k8s/README.md has users make


def pod(known: Objects, called: str) -> Object:
    item = known.find("Deployment", called, "valence")
    assert item
    template: Object = item["spec"]["template"]["spec"]
    return template


def environment(known: Objects, called: str) -> dict[str, str]:
    [container] = pod(known, called)["containers"]
    reference = container["envFrom"][0]["configMapRef"]["name"]
    assert reference != called, "without a hash in the name, pods would not see a change"
    item = known.find("ConfigMap", reference, "valence")
    assert item
    data: dict[str, str] = item["data"]
    return data


def test_settings_are_ones_that_the_programs_know(overlay: str) -> None:
    known = Objects(objects(overlay))
    gateway = gateway_settings.Settings.__struct_encode_fields__
    bento = bento_settings.Settings.__struct_encode_fields__
    given = {key for key in environment(known, "gateway") if not key.startswith("AWS_")}
    assert given <= {*gateway}
    assert environment(known, "bento").keys() <= {*bento, "BENTOML_HOME"}


def test_sqlite_is_refused(overlay: str) -> None:
    known = Objects(objects(overlay))
    settings = environment(known, "gateway")
    assert gateway_settings.load(settings).store_kind == "dynamodb"
    assert settings["STORE"] == "dynamodb", "said, not guessed"
    assert "SQLITE_PATH" not in settings
    assert "sqlite" not in render(overlay).lower()


def test_ports_are_those_of_the_programs(overlay: str) -> None:
    known = Objects(objects(overlay))
    settings = gateway_settings.load(environment(known, "gateway"))
    ports = {port["name"]: port["containerPort"] for port in _ports(known, "gateway")}
    assert ports == {"http": settings.gateway_port, "metrics": settings.gateway_metrics_port}
    assert not settings.on_loopback
    [port] = _ports(known, "bento")
    assert port["containerPort"] == bento_settings.load(environment(known, "bento")).bento_port
    assert settings.bento_url == f"http://bento:{port['containerPort']}"


def _ports(known: Objects, called: str) -> list[Object]:
    ports: list[Object] = pod(known, called)["containers"][0]["ports"]
    return ports


def test_who_may_come_in_is_said(overlay: str) -> None:
    known = Objects(objects(overlay))
    settings = gateway_settings.load(environment(known, "gateway"))
    mounts = pod(known, "gateway")["containers"][0].get("volumeMounts", [])
    if overlay in {"kind", "local"}:
        assert settings.gateway_auth == "none"
    else:
        assert settings.gateway_auth == "tokens"
        assert settings.gateway_tokens_file
        assert str(settings.gateway_tokens_file.parent) in {mount["mountPath"] for mount in mounts}


def test_no_secret_is_in_the_manifests(overlay: str) -> None:
    assert not [*Objects(objects(overlay)).of("Secret")]


def test_pods_have_the_time_they_need_to_leave(overlay: str) -> None:
    known = Objects(objects(overlay))
    gateway = gateway_settings.load(environment(known, "gateway"))
    pauses = {
        called: pod(known, called)["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        for called in ("gateway", "bento")
    }
    assert pauses["gateway"] > CONTROLLER_SECONDS
    assert gateway.gateway_drain_seconds > 0, "who keeps a connection is told to close it"
    assert gateway.gateway_shutdown_seconds > gateway.gateway_request_seconds
    leaving = pauses["gateway"] + gateway.gateway_drain_seconds + gateway.gateway_shutdown_seconds
    assert leaving < pod(known, "gateway")["terminationGracePeriodSeconds"]
    assert pauses["bento"] > DNS_TTL_SECONDS
    leaving = pauses["bento"] + math.ceil(gateway.gateway_request_seconds)
    assert leaving < pod(known, "bento")["terminationGracePeriodSeconds"]


def test_the_load_balancer_forgets_a_pod_before_it_leaves() -> None:
    known = Objects(objects("eks"))
    ingress = known.find("Ingress", "valence", "valence")
    assert ingress
    annotations = ingress["metadata"]["annotations"]
    attributes = annotations["alb.ingress.kubernetes.io/target-group-attributes"]
    delay = dict(pair.split("=") for pair in attributes.split(","))
    [container] = pod(known, "gateway")["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert int(delay["deregistration_delay.timeout_seconds"]) < pause
    assert annotations["alb.ingress.kubernetes.io/target-type"] == "ip"


def test_a_pod_is_promised_half_a_core() -> None:
    """And may use a whole one; tests/k8s/test_nodes.py counts how many a node has room for."""
    known = Objects(objects("eks"))
    for called in ("gateway", "bento"):
        [container] = pod(known, called)["containers"]
        assert container["resources"]["requests"]["cpu"] == "500m"


def test_everything_of_ours_is_in_its_namespace(overlay: str) -> None:
    cluster_wide = {
        "ClusterRole",
        "ClusterRoleBinding",
        "IngressClass",
        "Namespace",
        "PersistentVolume",
    }
    for item in objects(overlay):
        if item["kind"] not in cluster_wide:
            assert item["metadata"].get("namespace") in {"valence", "traefik"}, name(item)
