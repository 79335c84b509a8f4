"""The sizes of modules and folders, so that each keeps to one topic."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_LINES = 250
# The aim is about 12: lower this when the largest folders shrink.
MAX_MODULES = 13
PACKAGES = {"bento", "gateway", "k8s", "loadtest", "training"}


def modules() -> list[Path]:
    """The tracked Python files, relative to ROOT."""
    command = ["git", "ls-files", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_modules_are_short() -> None:
    lines = {file: len((ROOT / file).read_text().splitlines()) for file in modules()}
    assert len(lines) > 100
    assert {file: count for file, count in lines.items() if count > MAX_LINES} == {}


def test_folders_have_few_modules() -> None:
    counts = Counter(
        file.parent
        for file in modules()
        if file.parts[0] in PACKAGES and file.name != "__init__.py"
    )
    assert {folder: count for folder, count in counts.items() if count > MAX_MODULES} == {}
