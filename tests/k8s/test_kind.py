"""What `k8s/kind.sh` takes from the network."""

from __future__ import annotations

import re

from tests.k8s.rendering import ROOT


def test_downloads_are_pinned_by_their_content() -> None:
    script = (ROOT / "k8s/kind.sh").read_text()
    code = [line for line in script.splitlines() if not line.startswith("#")]
    downloads = [line for line in code if "https://" in line]
    assert downloads
    for line in downloads:
        [name] = re.findall(r'^git .* fetch .* "\$(\w+)"$', line)
        assert re.search(rf"^{name}=[0-9a-f]{{40}}$", script, re.MULTILINE)
