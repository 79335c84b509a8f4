"""A server of S3 with the trained artifact in a bucket, as `python -m training publish` puts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from moto.server import ThreadedMotoServer

from bento import registry

ARTIFACT = Path("bento/artifact")
REGISTRY = "s3://models/valence"


def variables(url: str) -> dict[str, str]:
    """What AWS's clients need to use the server at a URL instead of AWS."""
    return {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }


@contextmanager
def published() -> Iterator[str]:
    """The server's URL, while the context lasts; the artifact is in REGISTRY."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables(url).items():
            patch.setenv(name, value)
        client: Any = get_session().create_client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="models")
        registry.publish(ARTIFACT, REGISTRY)
    try:
        yield url
    finally:
        server.stop()
