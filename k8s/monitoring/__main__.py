"""`python -m k8s.monitoring` writes the rules and the boards into `components/monitoring`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from k8s.monitoring import manifest
from k8s.monitoring.boards import BOARDS

COMPONENT = Path(__file__).parents[1] / "components" / "monitoring"
RULES = COMPONENT / "rules.yaml"


def runbook() -> str:
    """The runbook's URL, as it stands in the rules."""
    return manifest.runbook_in(RULES.read_text())


def files(runbook: str) -> dict[Path, str]:
    """What is written, by file.

    Args:
        runbook: its URL, to which alerts and boards lead.
    """
    boards = {
        COMPONENT / "boards" / f"{name}.json": write(runbook) for name, write in BOARDS.items()
    }
    return {RULES: manifest.rules(runbook), **boards}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--runbook",
    "wanted",
    metavar="URL",
    help="Where people read your copy of k8s/RUNBOOK.md; by default what the files say already.",
)
def main(wanted: str | None) -> None:
    """Write the rules and the boards of k8s/components/monitoring."""
    if wanted is not None and not _is_url(wanted):
        raise click.BadParameter(
            f"{wanted!r}: must be a URL without a fragment", param_hint="--runbook"
        )
    for file, text in files(wanted or runbook()).items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    is_clean = text.isprintable() and not set(text) & set(' "#')
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and is_clean


if __name__ == "__main__":
    main()
