"""The examples for Argo CD and Flux: valid for their CRDs, and for the overlay of the guide."""

from __future__ import annotations

from typing import Any

import yaml

from k8s import overlay
from tests.k8s.custom_resources import assert_valid
from tests.k8s.rendering import ROOT

FILES = sorted((ROOT / "k8s/delivery").glob("*.yaml"))
Json = dict[str, Any]


def documents() -> list[Json]:
    return [item for file in FILES for item in yaml.safe_load_all(file.read_text())]


def test_the_crds_accept_them() -> None:
    for item in documents():
        assert_valid(item)


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
