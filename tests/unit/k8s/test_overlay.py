"""An overlay in which something is missing is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
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
