"""k8s/components/tracing sets what the programs read, and the collector can be reached."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

import telemetry_variables
from tests.k8s.manifests import Objects, selects
from tests.k8s.rendering import Object, objects


@pytest.fixture
def known() -> Objects:
    return Objects(objects("everything"))


def container(known: Objects, name: str) -> Object:
    item = known.find("Deployment", name, "valence")
    assert item
    [only] = item["spec"]["template"]["spec"]["containers"]
    return dict(only)


def variables(known: Objects, name: str) -> dict[str, str]:
    """What the ConfigMaps of a container set."""
    given: dict[str, str] = {}
    for source in container(known, name)["envFrom"]:
        item = known.find("ConfigMap", source["configMapRef"]["name"], "valence")
        assert item
        given |= item["data"]
    return given


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_one_request_in_a_hundred_has_a_trace(known: Objects, part: str) -> None:
    given = variables(known, part)
    assert telemetry_variables.are_wanted(given)
    assert given["OTEL_TRACES_SAMPLER"] == "parentbased_traceidratio"
    assert float(given["OTEL_TRACES_SAMPLER_ARG"]) == 0.01
    # Each has a name of its own.
    assert "OTEL_SERVICE_NAME" not in given


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_a_span_tells_the_pod(known: Objects, part: str) -> None:
    [pod_name, attributes] = container(known, part)["env"]
    assert pod_name["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    assert attributes["name"] == "OTEL_RESOURCE_ATTRIBUTES"
    assert f"k8s.pod.name=$({pod_name['name']})" in attributes["value"].split(",")


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_the_collector_can_be_reached(known: Objects, part: str) -> None:
    address = urlsplit(variables(known, part)["OTEL_EXPORTER_OTLP_ENDPOINT"])
    service, namespace = (address.hostname or "").split(".")
    policy = known.find("NetworkPolicy", "traces-to-collector", "valence")
    assert policy
    assert selects(policy["spec"]["podSelector"], {"app.kubernetes.io/name": part})
    [rule] = policy["spec"]["egress"]
    [peer] = rule["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": namespace}
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": service}
    assert [port["port"] for port in rule["ports"]] == [address.port]


def test_without_the_component_there_are_no_traces() -> None:
    assert not telemetry_variables.are_wanted(variables(Objects(objects("eks")), "gateway"))
