"""Results: one JSON file for each run, with all that is needed to judge and repeat it."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psutil

from loadtest.errors import LoadTestError

FOLDER = Path("loadtest/results")
_LIBRARIES = (
    "aiohttp",
    "bentoml",
    "boto3",
    "fastapi",
    "granian",
    "kubernetes",
    "litestar",
    "locust",
    "msgspec",
    "numpy",
    "scikit-learn",
    "starlette",
    "uvicorn",
    "uvloop",
)

R = TypeVar("R", bound="Result")


class Machine(msgspec.Struct, frozen=True):
    """The machine of a run. A load average near the number of cores at the start means that other
    processes were using them: then only ratios within the run mean something."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str
    load_average: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that all kinds of results share."""

    kind: str
    made: str
    commit: str
    machine: Machine
    versions: dict[str, str]


def about() -> dict[str, Any]:
    """The shared fields of a result whose run begins now, without its kind."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": Machine(
            cpu=_cpu(),
            cores=os.cpu_count() or 0,
            memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            load_average=round(os.getloadavg()[0], 2),
        ),
        "versions": _versions(),
    }


def save(result: Result, folder: Path = FOLDER) -> Path:
    """Write a result under a name made of its kind and time; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = result.made.partition("+")[0].replace(":", "").replace("-", "")
    file = folder / f"{result.kind}-{stamp}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return file


def kind(file: Path) -> str:
    """The kind of the result in a file.

    Raises:
        LoadTestError: the file is no result.
    """
    return load(file, Result).kind


def load(file: Path, kind_of_result: type[R]) -> R:
    """The result in a file.

    Raises:
        LoadTestError: it cannot be read, or is no such result.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind_of_result)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LoadTestError(f"{file}: {error}") from None


def _versions() -> dict[str, str]:
    """Of the installed libraries among ours."""
    versions = {}
    for name in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
