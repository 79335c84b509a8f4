"""Finds the rendered objects by kind, name and labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.k8s.rendering import Object

WORKLOADS = {"Deployment", "StatefulSet", "Job"}


def title(item: Object) -> str:
    """Its kind and name."""
    return f"{item['kind']} {item['metadata']['name']}"


def namespace_of(item: Object) -> str:
    return str(item["metadata"].get("namespace", ""))


class Objects:
    """The rendered objects, searched by kind, name and labels."""

    def __init__(self, items: Iterable[Object]) -> None:
        self.items = list(items)

    def of(self, *kinds: str) -> Iterator[Object]:
        return (item for item in self.items if item["kind"] in kinds)

    def find(self, kind: str, name: str, namespace: str) -> Object | None:
        matches = (
            item
            for item in self.of(kind)
            if item["metadata"]["name"] == name and namespace_of(item) == namespace
        )
        return next(matches, None)

    def pods(self, namespace: str, selector: Object | None) -> list[Object]:
        """The pod templates in a namespace that a label selector matches; {} matches all."""
        return [
            item["spec"]["template"]
            for item in self.of(*WORKLOADS)
            if namespace_of(item) == namespace
            and selects(selector, item["spec"]["template"]["metadata"]["labels"])
        ]


def selects(selector: Object | None, labels: dict[str, str]) -> bool:
    if selector is None:
        return False
    for expression in selector.get("matchExpressions", []):
        if expression["operator"] != "In":
            raise NotImplementedError(expression["operator"])
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def containers(pod: Object) -> list[Object]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def port_names(pod: Object) -> set[str | int]:
    ports = [port for item in containers(pod) for port in item.get("ports", [])]
    return {port["name"] for port in ports} | {port["containerPort"] for port in ports}


def pod(known: Objects, name: str) -> Object:
    """The pods of a Deployment."""
    item = known.find("Deployment", name, "valence")
    assert item
    template: Object = item["spec"]["template"]["spec"]
    return template


def environment(known: Objects, name: str) -> dict[str, str]:
    """The settings of a Deployment's pods."""
    [container] = pod(known, name)["containers"]
    reference = container["envFrom"][0]["configMapRef"]["name"]
    assert reference != name, "without a hash in the name, pods would not see a change"
    item = known.find("ConfigMap", reference, "valence")
    assert item
    data: dict[str, str] = item["data"]
    return data
