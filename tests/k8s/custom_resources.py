"""Objects of kinds that others define, against the CRDs in the folder that CRDS names.

No package here has a copy of them; .github/workflows/manifests.yaml fetches them.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

# Who applies them fills in these parts of an object, and CRDs describe them only roughly.
GENERAL = {"apiVersion", "kind", "metadata"}

Json = dict[str, Any]


def assert_valid(item: Json) -> None:
    """Check an object, and that one more field in it would not pass; skip if there are no CRDs."""
    folder = os.environ.get("CRDS")
    if not folder:
        pytest.skip("CRDS names no folder with the CRDs of others")
    schema = schemas(Path(folder))[item["apiVersion"], item["kind"]]
    validator = jsonschema_rs.validator_for(schema)
    assert [error.message for error in validator.iter_errors(item)] == []
    assert not validator.is_valid(item | {"spec": item["spec"] | {"unknown": True}})


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


@functools.cache
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
