"""The canary is the stable Bento with another image, whatever other components make of it.

The overlay in MODELS.md gives both their images.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from k8s import overlay
from tests.cluster import guide
from tests.k8s.manifests import Objects
from tests.k8s.rendering import ROOT, Object, objects


def deployment(known: Objects, name: str) -> Object:
    item = known.find("Deployment", name, "valence")
    assert item
    return item


def test_the_canary_is_the_stable_bento_with_another_image() -> None:
    known = Objects(objects("everything"))
    stable, canary = (deployment(known, name)["spec"] for name in ("bento", "bento-canary"))
    own, copied = stable.pop("template"), canary.pop("template")
    assert copied["spec"]["containers"][0].pop("image") == "valence-bento:next"
    own["spec"]["containers"][0].pop("image")
    for each in (copied, own):  # each spreads its own pods
        for constraint in each["spec"]["topologySpreadConstraints"]:
            del constraint["labelSelector"]
    # With TLS, traces, requests and architecture, as the components before it say.
    assert copied["spec"] == own["spec"]
    assert canary.pop("replicas") == 1
    for each in (canary, stable):
        del each["selector"]
    assert canary == stable


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("mine*")
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s", ignore=ignored)
    folder = tmp_path / "k8s/overlays/mine"
    folder.mkdir()
    return folder


def images(folder: Path, shown: Object) -> list[str]:
    """Of the stable Bento and the canary, in an overlay."""
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(shown))
    known = Objects(overlay.render(folder))
    return [
        deployment(known, name)["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(
            "/"
        )[2]
        for name in ("bento", "bento-canary")
    ]


def test_the_overlay_of_the_guide_gives_both_their_tags(mine: Path) -> None:
    shown = guide.overlay("Begin")
    assert images(mine, shown) == ["bento:0.1.0", "bento:0.2.0"]
    shown["images"][0]["newTag"] = "0.2.0"
    assert images(mine, shown) == ["bento:0.2.0", "bento:0.2.0"]


def test_with_models_from_s3_each_has_its_digest(mine: Path) -> None:
    shown = guide.overlay("From S3")
    canary = guide.overlay("Begin")
    both = {
        **canary,
        **shown,
        "components": [*shown["components"], *canary["components"]],
        "patches": [*shown["patches"], *guide.patches("Begin")],
    }
    assert images(mine, both) == ["bento:0.1.0", "bento:0.2.0"]
    known = Objects(overlay.render(mine))
    templates = [deployment(known, name)["spec"]["template"] for name in ("bento", "bento-canary")]
    digests = [template["metadata"]["annotations"]["artifact"] for template in templates]
    assert len({*digests}) == 2
    for template in templates:
        [container] = template["spec"]["initContainers"]
        assert container["image"].endswith("/bento:0.1.0")


def test_a_canary_without_an_image_is_refused(mine: Path) -> None:
    shown = guide.overlay("Begin")
    del shown["images"][1]
    (mine / "kustomization.yaml").write_text(yaml.safe_dump(shown))
    found = [*overlay.problems(overlay.render(mine))]
    assert any(
        line.startswith("Deployment bento-canary") and "is no image with a tag" in line
        for line in found
    )
