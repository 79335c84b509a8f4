"""The examples for Argo CD and Flux: valid for their CRDs, and for the overlay of the guide."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from k8s import overlay
from tests.k8s.rendering import ROOT

FILES = sorted((ROOT / "k8s/delivery").glob("*.yaml"))
# Who applies them fills in these parts of an object, and CRDs describe them only roughly.
GENERAL = {"apiVersion", "kind", "metadata"}

Json = dict[str, Any]


def documents() -> list[Json]:
    return [item for file in FILES for item in yaml.safe_load_all(file.read_text())]


def strict(schema: Json) -> Json:
    """A CRD's schema that refuses unknown fields, as `kubectl apply` does."""
    made = dict(schema)
    if "properties" in made:
        made["properties"] = {
            name: each if name in GENERAL else strict(each)
            for name, each in made["properties"].items()
        }
        if not made.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = strict(made[key])
    return made


def schemas(folder: Path) -> dict[tuple[str, str], Json]:
    """The schemas of a folder of CRDs, by `apiVersion` and kind."""
    found = {}
    for file in folder.glob("*.yaml"):
        for crd in yaml.safe_load_all(file.read_text()):
            for version in crd["spec"]["versions"]:
                name = f"{crd['spec']['group']}/{version['name']}"
                kind = crd["spec"]["names"]["kind"]
                found[name, kind] = strict(version["schema"]["openAPIV3Schema"])
    return found


def test_the_crds_accept_them() -> None:
    """No package here has a copy of the CRDs; .github/workflows/manifests.yaml fetches them."""
    folder = os.environ.get("CRDS")
    if not folder:
        pytest.skip("CRDS names no folder with the CRDs of Argo CD and Flux")
    known = schemas(Path(folder))
    for item in documents():
        validator = jsonschema_rs.validator_for(known[item["apiVersion"], item["kind"]])
        assert [error.message for error in validator.iter_errors(item)] == []
        item["spec"]["unknown"] = True
        assert not validator.is_valid(item)


def test_they_apply_the_overlay_of_the_guide_and_remove_what_it_no_longer_has() -> None:
    argo, _, flux = documents()
    path = argo["spec"]["source"]["path"]
    assert f"export MINE={path}\n" in (ROOT / "k8s/aws/example.env").read_text()
    assert flux["spec"]["path"] == f"./{path}"
    assert argo["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert flux["spec"]["prune"]


def test_they_are_refused_until_they_name_your_repository() -> None:
    problems = [*overlay.problems(documents())]
    assert [line.partition(":")[0] for line in problems] == [
        "Application valence",
        "GitRepository valence",
    ]
