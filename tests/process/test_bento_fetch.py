"""`python -m bento.fetch` gets the artifact from a bucket over a real socket, or says why not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bento.model import artifact
from processes import free_port, module
from tests.support.s3 import ARTIFACT, REGISTRY, published, variables
from tests.support.scripted import Asked, Says, scripted

OTHER = f"sha256:{'0' * 64}"
DENIED = (
    "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::1:assumed-role/x is not authorized"
    " to perform: s3:GetObject</Message></Error>"
)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server with the artifact in a bucket."""
    with published() as url:
        yield url


@pytest.fixture(scope="module")
def digest() -> str:
    return artifact.load(ARTIFACT).digest


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
    done = fetch(**variables(s3), **settings)
    assert (done.returncode, done.stderr) == (0, f"{folder}: fetched {digest}\n")
    assert artifact.load(folder, digest).digest == digest
    nowhere = variables(f"http://127.0.0.1:{free_port()}")
    again = fetch(**nowhere, **settings)
    assert (again.returncode, again.stderr) == (0, f"{folder}: has already {digest}\n")


def test_credentials_come_from_the_agent_of_pod_identity(
    s3: str, digest: str, tmp_path: Path
) -> None:
    asked: list[Asked] = []
    credentials = {
        "AccessKeyId": "test",
        "SecretAccessKey": "test",
        "Token": "test",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    def agent(request: Asked) -> Says:
        asked.append(request)
        return Says(200, credentials)

    token = tmp_path / "token"
    token.write_text("of the service account")
    with scripted(agent) as url:
        done = fetch(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{url}/v1/credentials",
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token),
            AWS_ENDPOINT_URL_S3=s3,
            AWS_REGION="eu-central-1",
            BENTO_ARTIFACT_DIR=str(tmp_path / "model"),
            BENTO_ARTIFACT_DIGEST=digest,
            BENTO_ARTIFACT_REGISTRY=REGISTRY,
        )
    assert done.returncode == 0, done.stderr
    [request] = asked
    assert request.path == "/v1/credentials"
    assert request.headers["authorization"] == "of the service account"


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
    done = fetch(**{**variables(s3), **right, **settings})
    assert done.returncode == 1
    assert done.stderr.startswith(f"bento: {message}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_a_missing_permission_is_one_line(digest: str, tmp_path: Path) -> None:
    with scripted(lambda _: Says(403, DENIED)) as url:
        done = fetch(
            **variables(url),
            BENTO_ARTIFACT_DIR=str(tmp_path / "model"),
            BENTO_ARTIFACT_DIGEST=digest,
            BENTO_ARTIFACT_REGISTRY=REGISTRY,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"bento: {REGISTRY}: An error occurred (AccessDenied) ")
    assert "is not authorized to perform: s3:GetObject" in done.stderr
