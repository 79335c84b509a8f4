"""The tag of an overlay is changed where it stands."""

from __future__ import annotations

import pytest

from k8s.deploy.cluster.overlay import with_tag

TEXT = """\
# Ours.
resources: [../eks]
images:
  - name: example/gateway
    newName: registry.tld:5000/valence/gateway
    newTag: "7"  # of the code
  - {name: example/bento, newName: registry.tld:5000/valence/bento, newTag: "7"}
  - name: valence-bento
    newTag: dev
  # A canary has the same repository.
  - {name: canary, newName: valence-bento, newTag: canary}
patches: []
"""


@pytest.mark.parametrize(
    ("repository", "before", "was", "becomes"),
    [
        (
            "registry.tld:5000/valence/bento",
            "7",
            'valence/bento, newTag: "7"}',
            'valence/bento, newTag: "new"}',
        ),
        (
            "registry.tld:5000/valence/gateway",
            "7",
            'newTag: "7"  # of',
            'newTag: "new"  # of',
        ),
        ("valence-bento", "dev", "newTag: dev", 'newTag: "new"'),
        ("valence-bento", "canary", "newTag: canary", 'newTag: "new"'),
    ],
)
def test_only_the_tag_changes(repository: str, before: str, was: str, becomes: str) -> None:
    assert TEXT.count(was) == 1
    assert with_tag(TEXT, repository, before, "new") == TEXT.replace(was, becomes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]\n",
        "resources: [../eks]\n",
        "images: []\n",
        "images:\n  - {name: other, newTag: dev}\n",
        "images:\n  - {name: valence-bento, newTag: older}\n",
        "images:\n  - {name: valence-bento, digest: sha256:1}\n",
        "images:\n  - {name: valence-bento, newName: other, newTag: dev}\n",
    ],
)
def test_without_such_a_tag_there_is_nothing_to_change(text: str) -> None:
    assert with_tag(text, "valence-bento", "dev", "new") is None
