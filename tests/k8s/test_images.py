"""The build contexts of images that a mistake in `k8s/images.sh` would break."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.k8s.rendering import ROOT


def test_the_load_test_s_image_has_all_that_the_locust_file_imports(tmp_path: Path) -> None:
    script = (ROOT / "k8s/images.sh").read_text()
    function = re.search(r"^code_of_loadtest\(\) {.*?^}$", script, re.MULTILINE | re.DOTALL)
    assert function
    copy = f'set -eu\n{function[0]}\ncode_of_loadtest "$1"'
    subprocess.run(["bash", "-c", copy, "bash", str(tmp_path)], cwd=ROOT, check=True)
    # -E: PYTHONPATH may lead to the modules that are not copied.
    command = "import loadtest.locustfile; print(loadtest.locustfile.__file__)"
    done = subprocess.run(
        [sys.executable, "-E", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "loadtest/locustfile.py"
