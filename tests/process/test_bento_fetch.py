"""`python -m bento.fetch` gets the artifact from a bucket over a real socket, or says why not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from moto.server import ThreadedMotoServer

from bento import registry
from bento.model import artifact
from processes import free_port, module
from tests.support.scripted import Says, scripted

ARTIFACT = Path("bento/artifact")
REGISTRY = "s3://models/valence"
OTHER = f"sha256:{'0' * 64}"
DENIED = (
    "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::1:assumed-role/x is not authorized"
    " to perform: s3:GetObject</Message></Error>"
)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server with the artifact in a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(url).items():
            patch.setenv(name, value)
        client: Any = get_session().create_client("s3")
        client.create_bucket(Bucket="models")
        registry.publish(ARTIFACT, REGISTRY)
    yield url
    server.stop()


@pytest.fixture(scope="module")
def digest() -> str:
    return artifact.load(ARTIFACT).digest


def environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def fetch(**settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        module("bento.fetch"),
        env={**inherited, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_artifact_arrives_and_stays_without_another_call(
    s3: str, digest: str, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    settings = {
        "BENTO_ARTIFACT_DIR": str(folder),
        "BENTO_ARTIFACT_DIGEST": digest,
        "BENTO_ARTIFACT_REGISTRY": REGISTRY,
    }
    done = fetch(**environment(s3), **settings)
    assert (done.returncode, done.stderr) == (0, f"{folder}: fetched {digest}\n")
    assert artifact.load(folder, digest).digest == digest
    nowhere = environment(f"http://127.0.0.1:{free_port()}")
    again = fetch(**nowhere, **settings)
    assert (again.returncode, again.stderr) == (0, f"{folder}: has already {digest}\n")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"BENTO_ARTIFACT_DIGEST": ""}, "BENTO_ARTIFACT_DIGEST: is not set"),
        ({"BENTO_ARTIFACT_DIGEST": "1"}, "BENTO_ARTIFACT_DIGEST='1': "),
        ({"BENTO_ARTIFACT_REGISTRY": ""}, "BENTO_ARTIFACT_REGISTRY: is not set"),
        ({"BENTO_ARTIFACT_REGISTRY": "s3://"}, "s3://: names no bucket."),
        ({"BENTO_ARTIFACT_REGISTRY": "s3://other"}, "s3://other: "),
        ({"BENTO_ARTIFACT_DIGEST": OTHER}, f"{REGISTRY} has no artifact {OTHER}."),
        ({"BENTO_ARTIFACT_DIR": "/proc/model"}, "BENTO_ARTIFACT_DIR='/proc/model': "),
        ({"AWS_ACCESS_KEY_ID": ""}, f"{REGISTRY}: Unable to locate credentials"),
    ],
)
def test_what_is_wrong_is_one_line(
    settings: dict[str, str], message: str, s3: str, digest: str, tmp_path: Path
) -> None:
    right = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "BENTO_ARTIFACT_DIR": str(tmp_path / "model"),
        "BENTO_ARTIFACT_DIGEST": digest,
        "BENTO_ARTIFACT_REGISTRY": REGISTRY,
    }
    done = fetch(**{**environment(s3), **right, **settings})
    assert done.returncode == 1
    assert done.stderr.startswith(f"bento: {message}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_a_missing_permission_is_one_line(digest: str, tmp_path: Path) -> None:
    with scripted(lambda _: Says(403, DENIED)) as url:
        done = fetch(
            **environment(url),
            BENTO_ARTIFACT_DIR=str(tmp_path / "model"),
            BENTO_ARTIFACT_DIGEST=digest,
            BENTO_ARTIFACT_REGISTRY=REGISTRY,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"bento: {REGISTRY}: An error occurred (AccessDenied) ")
    assert "is not authorized to perform: s3:GetObject" in done.stderr
