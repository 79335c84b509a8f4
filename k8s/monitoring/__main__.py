"""`python -m k8s.monitoring` writes the rules and the boards into `components/monitoring`."""

from __future__ import annotations

from pathlib import Path

from k8s.monitoring import manifest
from k8s.monitoring.boards import BOARDS

COMPONENT = Path(__file__).parents[1] / "components" / "monitoring"


def files() -> dict[Path, str]:
    """What is written, by file."""
    boards = {COMPONENT / "boards" / f"{name}.json": write() for name, write in BOARDS.items()}
    return {COMPONENT / "rules.yaml": manifest.rules(), **boards}


if __name__ == "__main__":
    for file, text in files().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
