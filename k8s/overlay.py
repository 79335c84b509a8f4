"""Refuses an overlay in which a value is empty or an example's: `python -m k8s.overlay FOLDER`.

kustomize itself takes whatever a shell put into the file: with unset variables it renders the image
`/valence/gateway:` and the certificate "null", and succeeds. eksctl's file, `cluster.yaml`, is
checked too if it is in the same folder.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import yaml

# What the examples in this folder and in the documentation have in place of a value of yours.
EXAMPLES = (
    "111122223333",
    "00000000-0000-0000-0000-000000000000",
    "example.com",
    "203.0.113.",
    "your-",
)
_EMPTY: tuple[object, ...] = ("", "null", "None", "undefined", None, [])
# Where an empty value is never meant. To eksctl, no addresses are all addresses, and no zones any.
_NEVER_EMPTY = re.compile(
    r"\.metadata\.(annotations|labels)\.|^\.data\.|\.env\[\d+\]\.value$"
    r"|\.(image|region|hosts?|availabilityZones|publicAccessCIDRs)(\[\d+\])?$"
)
# https://pkg.go.dev/github.com/distribution/reference: a name, then a tag, a digest or both.
_IMAGE = re.compile(
    r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:\w[\w.-]{0,127}|(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64})"
)
_EKSCTL = "eksctl.io/"


class OverlayError(Exception):
    """The overlay cannot be rendered."""


def read(folder: Path) -> list[Any]:
    """The objects of an overlay, and eksctl's; at first there is only the latter.

    Raises:
        OverlayError: one of the files cannot be read, or there is none.
    """
    file = folder / "cluster.yaml"
    try:
        cluster = yaml.safe_load(file.read_text()) if file.exists() else None
    except yaml.YAMLError as error:
        raise OverlayError(f"{file}: {' '.join(str(error).split())}") from None
    # kind's file may have that name, too.
    known = isinstance(cluster, dict) and str(cluster.get("apiVersion")).startswith(_EKSCTL)
    if known and not (folder / "kustomization.yaml").exists():
        return [cluster]
    return [*([cluster] if known else []), *render(folder)]


def render(folder: Path) -> list[Any]:
    """The objects of an overlay.

    Raises:
        OverlayError: there is no kubectl, or it cannot render this folder.
    """
    ours = Path(sys.executable).with_name("kubectl")  # from PyPI, where the tests are installed
    kubectl = shutil.which("kubectl") or (str(ours) if ours.exists() else None)
    if kubectl is None:
        raise OverlayError("kubectl is not installed")
    command = [kubectl, "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise OverlayError(done.stderr.strip().removeprefix("error: "))
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def problems(objects: Iterable[Any]) -> Iterator[str]:
    """What is missing in these objects: a line for each value that is empty or an example's."""
    for item in objects:
        name = f"{item['kind']} {item['metadata']['name']}"
        for path, value in _leaves(item):
            if reason := _wrong(path, value):
                yield f"{name}: {path.lstrip('.')} {reason}"


def _wrong(path: str, value: object) -> str | None:
    if value in _EMPTY:
        return "is empty" if _NEVER_EMPTY.search(path) else None
    if not isinstance(value, str):
        return None
    if path.endswith(".image") and not _IMAGE.fullmatch(value):
        return f"is no image with a tag or digest: {value}"
    found = next((example for example in EXAMPLES if example in value), None)
    return f"has an example's value: {found}" if found else None


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each value that is no mapping and no list, and each empty list, with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from _leaves(each, f"{path}[{index}]")
    else:
        yield path, value


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Render the overlay in FOLDER, and fail if a value is empty or still an example's.

    FOLDER may also have eksctl's file, cluster.yaml, or have it alone.
    """
    try:
        found = [*problems(read(folder))]
    except OverlayError as error:
        sys.exit(str(error))
    for line in found:
        click.echo(line, err=True)
    if found:
        sys.exit(1)
    click.echo(f"{folder}: every value is filled in")


if __name__ == "__main__":
    main()
