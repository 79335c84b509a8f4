"""The command `replay`, the candidate and what records of it say."""

from pathlib import Path

from click.testing import CliRunner, Result

from bento import settings
from training.__main__ import cli

__all__ = ["ARTIFACT", "HOSTILE", "OTHER", "run"]

ARTIFACT = Path(settings.load().bento_artifact_dir)
HOSTILE = "<script>alert(1)</script> I love it, wonderful, perfect, the best ever\x1b[2J"
OTHER = {"negative": "positive", "neutral": "negative", "positive": "negative"}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["replay", *map(str, arguments)])
