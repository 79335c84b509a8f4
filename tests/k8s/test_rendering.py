"""The overlays are valid for Kubernetes, equal the golden files, and agree with the programs."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from bento import settings as bento_settings
from bento.__main__ import FLUSH_SECONDS
from gateway import settings as gateway_settings
from gateway import tracing
from tests.k8s.custom_resources import assert_valid
from tests.k8s.manifests import Objects, environment, pod, title
from tests.k8s.rendering import GOLDEN, OVERLAYS, ROOT, Object, golden, objects, render

# Each version is listed twice, for its plain and its strict schemas.
NEWEST = [*dict.fromkeys(kubernetes_validate.utils.all_versions())][-3:]
# Kinds that the schemas of Kubernetes do not have.
CUSTOM_RESOURCES = {
    *("Certificate", "Issuer"),
    *("ExternalSecret", "SecretStore"),
    *("PrometheusRule", "ServiceMonitor"),
}
# The longest time for which cluster DNS still names a pod that has gone: kubeadm and kind set 30 s,
# CoreDNS's own default is 5 s. https://coredns.io/plugins/kubernetes/
DNS_TTL_SECONDS = 30
# An ample time for an Ingress controller or a kube-proxy to learn of a pod's start or end. A load
# balancer outside of the cluster has a test of its own.
CONTROLLER_SECONDS = 5


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@functools.cache
def validate(item: str, version: str) -> None:
    """Check JSON of an object; cached, as overlays have many objects in common."""
    kubernetes_validate.validate(json.loads(item), version, strict=True)


@pytest.mark.parametrize("version", NEWEST)
def test_an_overlay_is_valid_for_the_newest_versions_of_kubernetes(
    overlay: str, version: str
) -> None:
    for item in objects(overlay):
        if item["kind"] not in CUSTOM_RESOURCES:
            validate(json.dumps(item), version)


def test_kinds_of_others_are_valid_too(overlay: str) -> None:
    for item in objects(overlay):
        if item["kind"] in CUSTOM_RESOURCES:
            assert_valid(item)


def test_an_unknown_field_is_invalid() -> None:
    item = Objects(objects("eks")).find("Deployment", "gateway", "valence")
    assert item
    item["spec"]["template"]["spec"]["terminationGracePeriod"] = 30
    with pytest.raises(kubernetes_validate.ValidationError, match="terminationGracePeriod"):
        validate(json.dumps(item), NEWEST[-1])


def test_an_overlay_equals_its_golden_file(overlay: str) -> None:
    expected = (GOLDEN / f"{overlay}.yaml").read_text()
    assert golden(overlay) == expected, "if this is intended, `make golden` renews the files"


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == OVERLAYS.keys()


def test_every_kustomization_is_rendered() -> None:
    used: set[Path] = set()
    remaining = [path.resolve() for path in OVERLAYS.values()]
    while remaining:
        folder = remaining.pop()
        used.add(folder)
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
        parts = [*kustomization.get("resources", []), *kustomization.get("components", [])]
        remaining += [(folder / part).resolve() for part in parts if (folder / part).is_dir()]
    existing = {path.parent.resolve() for path in (ROOT / "k8s").rglob("kustomization.yaml")}
    assert existing - {ROOT / "k8s/overlays/mine"} <= used  # users make it, see k8s/README.md


def test_the_programs_know_all_settings(overlay: str) -> None:
    known = Objects(objects(overlay))
    gateway = gateway_settings.Settings.__struct_encode_fields__
    bento = bento_settings.Settings.__struct_encode_fields__
    given = {key for key in environment(known, "gateway") if not key.startswith("AWS_")}
    assert given <= {*gateway}
    assert environment(known, "bento").keys() <= {*bento, "BENTOML_HOME"}


def test_the_store_is_dynamodb(overlay: str) -> None:
    known = Objects(objects(overlay))
    settings = environment(known, "gateway")
    assert gateway_settings.load(settings).store_kind == "dynamodb"
    assert settings["GATEWAY_STORE"] == "dynamodb", "the store is set explicitly"
    assert "GATEWAY_SQLITE_PATH" not in settings
    assert "sqlite" not in render(overlay).lower()


def test_ports_agree_with_the_settings(overlay: str) -> None:
    known = Objects(objects(overlay))
    settings = gateway_settings.load(environment(known, "gateway"))
    ports = {port["name"]: port["containerPort"] for port in _ports(known, "gateway")}
    assert ports == {"http": settings.gateway_port, "metrics": settings.gateway_metrics_port}
    assert not settings.on_loopback
    bento = bento_settings.load(environment(known, "bento"))
    ports = {port["name"]: port["containerPort"] for port in _ports(known, "bento")}
    assert ports == {"http": bento.bento_port, "metrics": bento.bento_metrics_port}
    scheme = "https" if environment(known, "bento").get("BENTO_TLS_KEY_FILE") else "http"
    assert settings.bento_url == f"{scheme}://bento:{bento.bento_port}"


def _ports(known: Objects, name: str) -> list[Object]:
    ports: list[Object] = pod(known, name)["containers"][0]["ports"]
    return ports


def test_access_is_configured(overlay: str) -> None:
    known = Objects(objects(overlay))
    settings = gateway_settings.load(environment(known, "gateway"))
    mounts = pod(known, "gateway")["containers"][0].get("volumeMounts", [])
    if overlay in {"kind", "local"}:
        assert settings.gateway_auth == "none"
    else:
        assert settings.gateway_auth == "tokens"
        assert settings.gateway_tokens_file
        assert str(settings.gateway_tokens_file.parent) in {mount["mountPath"] for mount in mounts}


def test_the_manifests_hold_no_secret(overlay: str) -> None:
    assert not [*Objects(objects(overlay)).of("Secret")]


def test_pods_have_enough_time_to_terminate(overlay: str) -> None:
    known = Objects(objects(overlay))
    gateway = gateway_settings.load(environment(known, "gateway"))
    pauses = {
        name: pod(known, name)["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        for name in ("gateway", "bento")
    }
    assert pauses["gateway"] > CONTROLLER_SECONDS
    assert gateway.gateway_drain_seconds > 0, (
        "clients with open connections must be told to close them"
    )
    assert gateway.gateway_shutdown_seconds > gateway.gateway_request_seconds
    terminating = (
        pauses["gateway"] + gateway.gateway_drain_seconds + gateway.gateway_shutdown_seconds
    )
    terminating += tracing.FLUSH_SECONDS
    assert terminating < pod(known, "gateway")["terminationGracePeriodSeconds"]
    assert pauses["bento"] > DNS_TTL_SECONDS
    terminating = pauses["bento"] + math.ceil(gateway.gateway_request_seconds) + FLUSH_SECONDS
    assert terminating < pod(known, "bento")["terminationGracePeriodSeconds"]


def test_a_finished_rollout_is_known_to_the_ingress(overlay: str) -> None:
    deployment = Objects(objects(overlay)).find("Deployment", "gateway", "valence")
    assert deployment
    assert deployment["spec"]["minReadySeconds"] >= CONTROLLER_SECONDS


def test_the_ingress_waits_longer_than_the_gateway_and_not_for_ever() -> None:
    """Silent clients and clients that do not read are the Ingress's to close."""
    known = Objects(objects("kind"))
    request_seconds = gateway_settings.load(environment(known, "gateway")).gateway_request_seconds
    traefik = known.find("Deployment", "traefik", "traefik")
    assert traefik
    [container] = traefik["spec"]["template"]["spec"]["containers"]
    options = dict(argument.removeprefix("--").split("=") for argument in container["args"])
    seconds = {
        option.rpartition(".")[2]: int(value.removesuffix("s"))
        for option, value in options.items()
        if "timeouts." in option
    }
    # Traefik counts the answer's time from the end of the head, so it includes that of the body.
    assert request_seconds < seconds["readtimeout"] < seconds["writetimeout"] <= 60
    assert seconds["idletimeout"] <= 60
    assert seconds["idleconntimeout"] <= 60
    assert int(options["entrypoints.web.http.maxheaderbytes"]) <= 32 * 1024


def test_a_pod_requests_half_a_core() -> None:
    """tests/k8s/test_nodes.py relies on it for the number of pods that fit on a node."""
    known = Objects(objects("eks"))
    for name in ("gateway", "bento"):
        [container] = pod(known, name)["containers"]
        assert container["resources"]["requests"]["cpu"] == "500m"


def test_every_object_is_in_its_namespace(overlay: str) -> None:
    cluster_wide = {
        "ClusterRole",
        "ClusterRoleBinding",
        "IngressClass",
        "Namespace",
        "PersistentVolume",
    }
    for item in objects(overlay):
        if item["kind"] not in cluster_wide:
            assert item["metadata"].get("namespace") in {"valence", "traefik"}, title(item)
