"""An overlay in which something is missing is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from k8s import overlay
from tests.k8s.rendering import ROOT

DIGEST = f"sha256:{'0a' * 32}"


def found(**value: Any) -> list[str]:
    return [*overlay.problems([{"kind": "Ingress", "metadata": {"name": "valence"}, **value}])]


@pytest.mark.parametrize(
    ("image", "good"),
    [
        ("valence-gateway:dev", True),
        ("localhost:5000/valence/gateway:0.1.0", True),
        ("444455556666.dkr.ecr.eu-west-1.amazonaws.com/valence/gateway:0.1.0", True),
        (f"images.example/someone/gateway@{DIGEST}", True),
        (f"images.example/someone/gateway:0.1.0@{DIGEST}", True),
        ("/valence/gateway:0.1.0", False),
        (".dkr.ecr..amazonaws.com/valence/gateway:0.1.0", False),
        ("images.example/someone/gateway:", False),
        ("images.example/someone/gateway", False),
        ("images.example//gateway:0.1.0", False),
        ("images.example/someone/gateway@sha256:0a", False),
        ("", False),
        (None, False),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/valence/gateway:0.1.0", False),
    ],
)
def test_an_image_has_a_registry_a_name_and_a_tag_or_digest(image: str | None, good: bool) -> None:
    containers = [{"name": "gateway", "image": image}]
    assert (found(spec={"containers": containers}) == []) == good


@pytest.mark.parametrize("value", ["", None, "null", "None", "https://comments.example.com"])
def test_an_annotation_or_setting_has_a_value_of_yours(value: str | None) -> None:
    [problem] = found(data={"AWS_REGION": value})
    assert problem.startswith("Ingress valence: data.AWS_REGION ")
    metadata = {"name": "valence", "annotations": {"a/certificate-arn": value}}
    [problem] = found(metadata=metadata)
    assert "a/certificate-arn" in problem


@pytest.mark.parametrize("host", ["", "null", None, "comments.example.com"])
def test_a_host_is_yours(host: str | None) -> None:
    spec = {"rules": [{"host": host}], "tls": [{"hosts": [host]}]}
    assert [line.split()[2] for line in found(spec=spec)] == [
        "spec.rules[0].host",
        "spec.tls[0].hosts[0]",
    ]
    assert found(spec={"rules": [{"host": "a.test"}], "tls": [{"hosts": ["a.test"]}]}) == []


def test_a_store_of_secrets_has_your_region() -> None:
    file = ROOT / "k8s/components/external-secrets/external-secret.yaml"
    store, _ = yaml.safe_load_all(file.read_text())
    [problem] = overlay.problems([store])
    assert "spec.provider.aws.region has an example's value" in problem
    for region, fine in (("", False), (None, False), ("eu-west-1", True)):
        store["spec"]["provider"]["aws"]["region"] = region
        assert ([*overlay.problems([store])] == []) == fine


def cluster(folder: Path, **values: str) -> str:
    """What is said about eksctl's file alone, with these lines instead of the example's."""
    text = (ROOT / "k8s/aws/cluster.yaml").read_text().replace("111122223333", "444455556666")
    for name, value in {"publicAccessCIDRs": "[198.51.100.7/32]", **values}.items():
        text = re.sub(rf"(?m)^( *{name}:).*$", rf"\1 {value}", text)
    (folder / "cluster.yaml").write_text(text)
    return CliRunner().invoke(overlay.main, [str(folder)]).output


def test_a_cluster_s_file_is_filled_in(tmp_path: Path) -> None:
    assert "every value is filled in" in cluster(tmp_path)
    for name in ("region", "availabilityZones", "publicAccessCIDRs"):
        for value in ("", "[]", "['']", "null"):
            assert f"{name}" in cluster(tmp_path, **{name: value}), (name, value)
    assert "203.0.113." in cluster(tmp_path, publicAccessCIDRs="[203.0.113.7/32]")
    assert "cluster.yaml" in cluster(tmp_path, region="{")
    shutil.copy(ROOT / "k8s/aws/cluster.yaml", tmp_path)
    done = CliRunner().invoke(overlay.main, [str(tmp_path)])
    assert done.exit_code == 1
    assert "111122223333" in done.stderr


def test_a_cluster_s_file_is_checked_beside_the_overlay(tmp_path: Path) -> None:
    shutil.copy(ROOT / "k8s/aws/cluster.yaml", tmp_path)
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {A: null}\n"
    (tmp_path / "one.yaml").write_text(config)
    (tmp_path / "kustomization.yaml").write_text("resources: [one.yaml]\n")
    done = CliRunner().invoke(overlay.main, [str(tmp_path)])
    assert "ClusterConfig valence: iam." in done.stderr
    assert "ConfigMap one: data.A is empty" in done.stderr


def test_what_may_be_empty_may() -> None:
    rule = {"apiGroups": [""], "resources": ["secrets"]}
    assert found(rules=[rule], spec={"storageClassName": "", "emptyDir": {}}) == []


@pytest.mark.parametrize("name", ["kind", "local"])
def test_overlays_that_need_nothing_of_yours_pass(name: str) -> None:
    done = CliRunner().invoke(overlay.main, [str(ROOT / "k8s/overlays" / name)])
    assert (done.exit_code, done.stderr) == (0, "")


def test_the_overlay_for_eks_is_refused_as_it_is() -> None:
    done = CliRunner().invoke(overlay.main, [str(ROOT / "k8s/overlays/eks")])
    assert done.exit_code == 1
    assert "certificate-arn has an example's value: 111122223333" in done.stderr
    assert "Deployment gateway: spec.template.spec.containers[0].image has" in done.stderr


def test_what_kustomize_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [nowhere]\n")
    done = CliRunner().invoke(overlay.main, [str(tmp_path)])
    assert done.exit_code == 1
    assert "nowhere" in done.output
    assert len(done.output.splitlines()) == 1
