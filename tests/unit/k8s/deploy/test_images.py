"""An image's tag is the digest of its model."""

from __future__ import annotations

import pytest

from k8s.deploy.cluster.images import digest, name, split
from k8s.overlay import problems

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        ("valence-bento", "valence-bento", ""),
        ("valence-bento:dev", "valence-bento", "dev"),
        ("localhost:5000/valence/bento:1", "localhost:5000/valence/bento", "1"),
        ("localhost:5000/valence/bento", "localhost:5000/valence/bento", ""),
        (f"registry.tld/bento:1@{DIGEST}", "registry.tld/bento", "1"),
    ],
)
def test_an_image_has_a_repository_and_a_tag(image: str, repository: str, tag: str) -> None:
    assert split(image) == (repository, tag)


def test_the_tag_tells_the_model() -> None:
    image = name("localhost:5000/bento", DIGEST)
    assert image == f"localhost:5000/bento:model-{'0a' * 32}"
    assert digest(image) == DIGEST
    assert digest("localhost:5000/bento:dev") == ""
    # A name that Kubernetes takes.
    deployment = {"kind": "Deployment", "metadata": {"name": "bento"}, "spec": {"image": image}}
    assert [*problems([deployment])] == []
