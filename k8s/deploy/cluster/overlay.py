"""The overlay of a cluster: which image it names for the Bento, and where its tag stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from k8s import overlay as manifests
from k8s.deploy.cluster import images
from k8s.deploy.errors import DeployError

__all__ = ["Overlay", "with_tag"]

OVERLAYS = Path(__file__).parents[2] / "overlays"
SHIPPED = {"eks", "kind", "local"}
"""They are not changed: `make kind` and `make images` go on from their tags."""


class Overlay:
    """A folder with a kustomization."""

    def __init__(self, name: str) -> None:
        """
        Args:
            name: the folder, or its name in k8s/overlays.

        Raises:
            DeployError: there is none, it cannot be rendered, a value is an example's, or it has no
                Bento.
        """
        named = OVERLAYS / name
        self.folder = (named if named.is_dir() else Path(name)).resolve()
        self.is_shipped = self.folder.parent == OVERLAYS and self.folder.name in SHIPPED
        if not self.folder.is_dir():
            raise DeployError(f"OVERLAY={name}: no such folder, here or in k8s/overlays")
        try:
            objects = manifests.render(self.folder)
        except manifests.OverlayError as error:
            raise DeployError(f"OVERLAY={name}: {' '.join(str(error).split())}") from None
        wrong = next(manifests.problems(objects), None)
        if wrong:
            raise DeployError(f"OVERLAY={name}: {wrong}")
        deployment = _bento(objects)
        if deployment is None:
            raise DeployError(f"OVERLAY={name}: it has no Deployment bento")
        self.namespace: str = deployment["metadata"].get("namespace", "default")
        containers = deployment["spec"]["template"]["spec"]["containers"]
        self.image: str = next(each["image"] for each in containers if each["name"] == "bento")

    def name_tag(self, image: str) -> str:
        """Write an image's tag in place of the Bento's; returns what was done, or what is to be."""
        repository, tag = images.split(image)
        if self.image == image:
            return f"{self.folder.name} names it already"
        file = self.folder / "kustomization.yaml"
        changed = None
        if not self.is_shipped and file.exists():
            changed = with_tag(file.read_text(), repository, images.split(self.image)[1], tag)
        if changed is None:
            return (
                f"{self.folder.name} still names {self.image}, which `kubectl apply -k` would bring"
                f" back"
            )
        try:
            file.write_text(changed)
        except OSError as error:
            return f"{_shown(file)} cannot be written ({error.strerror}): its tag is now {tag}"
        return f"{_shown(file)} names it now: commit that"


def with_tag(text: str, repository: str, before: str, tag: str) -> str | None:
    """A kustomization with another tag for an image, and all else as it was.

    Args:
        text: the kustomization.
        repository: of the image.
        before: its tag there.
        tag: in place of it.

    Returns:
        None if the kustomization does not set that tag.
    """
    # https://yaml.org/spec/1.2.2/#3.2.1.1-nodes: a mapping's value is a list of pairs of nodes.
    root = yaml.compose(text)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        for entry in value.value if key.value == "images" else ():
            fields = {name.value: node for name, node in entry.value}
            named = fields.get("newName") or fields.get("name")
            node = fields.get("newTag")
            if named is None or node is None:
                continue
            if (named.value, node.value) == (repository, before):
                return f'{text[: node.start_mark.index]}"{tag}"{text[node.end_mark.index :]}'
    return None


def _bento(objects: list[Any]) -> Any:
    for item in objects:
        if item["kind"] == "Deployment" and item["metadata"]["name"] == "bento":
            return item
    return None


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
