"""Runs Locust with our Locust file."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

LOCUST = [str(Path(sys.executable).with_name("locust")), "-f", "loadtest/locustfile.py"]


class Ended(NamedTuple):
    code: int
    said: list[str]
    """The lines of our messages, without log and tables."""
    entries: dict[str, dict[str, Any]]

    @property
    def failures(self) -> int:
        return sum(entry["num_failures"] for entry in self.entries.values())


async def locust(url: str, folder: Path, *options: object) -> Ended:
    """Run Locust without the web page."""
    file = folder / "stats"
    command = [*LOCUST, "--headless", "--only-summary", "--host", url, "--json-file", str(file)]
    child = await asyncio.create_subprocess_exec(
        *command,
        *map(str, options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await child.communicate()
    said = [line for line in errors.decode().splitlines() if line and not line.startswith("[")]
    written = file.with_name("stats.json")
    stats = json.loads(written.read_text()) if written.exists() else []
    return Ended(child.returncode or 0, said, {entry["name"]: entry for entry in stats})
