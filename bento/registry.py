"""A registry of artifacts: a folder or an S3 bucket, in which each artifact lies under its digest.

An artifact never changes once it is there. Its manifest is written last, so that one whose writing
was interrupted is not there yet; and whoever fetches one computes its digest from what arrived.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from bento.model import arrays
from bento.model import artifact as artifacts
from bento.model.artifact import FILES
from bento.model.manifest import FILE as MANIFEST
from bento.model.manifest import ArtifactError

__all__ = ["fetch", "publish"]

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


class _Place(Protocol):
    def read(self, key: str) -> bytes | None:
        """The content; None if there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Write all of it or nothing."""


def publish(folder: Path, registry: str) -> tuple[str, bool]:
    """Copy the artifact in a folder to a registry, an `s3://` URL or a folder. Returns its digest,
    and whether it is new there.

    Raises:
        ArtifactError: the artifact is missing, damaged or of another format, or the registry cannot
            be written.
    """
    digest = artifacts.load(folder).digest
    with _opened(registry) as place:
        if place.read(_key(digest, MANIFEST)) is not None:
            return digest, False
        for name in FILES:
            with suppress(FileNotFoundError):
                place.write(_key(digest, name), (folder / name).read_bytes())
    return digest, True


def fetch(digest: str, registry: str, output: Path) -> bool:
    """Copy an artifact of a registry to a folder, whose former artifact is replaced only once the
    new one is verified. Returns False if the folder has this artifact already.

    Raises:
        ArtifactError: the digest is none, the registry cannot be read or does not have it, or what
            it has is damaged, another artifact or of another format.
    """
    if not _DIGEST.fullmatch(digest):
        raise ArtifactError(f"{digest}: not a digest, which is sha256: and 64 hexadecimal digits.")
    with suppress(ArtifactError):
        if artifacts.load(output).digest == digest:
            return False
    with _opened(registry) as place, tempfile.TemporaryDirectory(prefix="valence-") as name:
        files = {file: place.read(_key(digest, file)) for file in reversed(FILES)}
        if files[MANIFEST] is None:
            raise ArtifactError(f"{registry} has no artifact {digest}.")
        there = {file: content for file, content in files.items() if content is not None}
        for file, content in there.items():
            Path(name, file).write_bytes(content)
        try:
            artifact = artifacts.load(Path(name))
        except ArtifactError as error:
            raise ArtifactError(str(error).replace(name, f"{registry}/{_folder(digest)}")) from None
        if artifact.digest != digest:
            raise ArtifactError(f"{registry} has {artifact.digest} in the place of {digest}.")
        beside = {file: there[file] for file in FILES[1:-1] if file in there}
        artifacts.save(artifact, output, beside)
    return True


def _folder(digest: str) -> str:
    # A colon needs escapes in URLs and in some file systems.
    return digest.replace(":", "-")


def _key(digest: str, name: str) -> str:
    return f"{_folder(digest)}/{name}"


@contextmanager
def _opened(registry: str) -> Iterator[_Place]:
    """The place, whose errors are raised as ArtifactError."""
    if not registry.startswith("s3://"):
        if "://" in registry:
            raise ArtifactError(f"{registry}: a registry is a folder or begins with s3://.")
        yield _Folder(Path(registry))
        return
    # Here, as nothing else needs it.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield _Bucket(registry)
    except (BotoCoreError, ClientError) as error:
        raise ArtifactError(f"{registry}: {error}") from None


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str) -> bytes | None:
        try:
            with (self._root / key).open("rb") as file:
                return _within_limit(file.read(arrays.MAX_BYTES + 1), key)
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes) -> None:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            # As a new file has it: mkstemp's is for its owner alone.
            Path(new).chmod(0o644)
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise


class _Bucket:
    def __init__(self, url: str) -> None:
        from botocore.config import Config
        from botocore.session import get_session

        parts = urlsplit(url)
        if not parts.netloc:
            raise ArtifactError(f"{url}: names no bucket.")
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".lstrip("/")
        config = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard"})
        self._client: Any = get_session().create_client(
            # botocore itself reads AWS_DEFAULT_REGION only.
            "s3",
            region_name=os.environ.get("AWS_REGION"),
            config=config,
        )

    def read(self, key: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
        except self._client.exceptions.NoSuchKey:
            return None
        with answer["Body"] as body:
            content: bytes = body.read(arrays.MAX_BYTES + 1)
        return _within_limit(content, key)

    def write(self, key: str, content: bytes) -> None:
        # S3 refuses what did not arrive as it was sent.
        self._client.put_object(
            Bucket=self._bucket, Key=self._prefix + key, Body=content, ChecksumAlgorithm="SHA256"
        )


def _within_limit(content: bytes, key: str) -> bytes:
    if len(content) > arrays.MAX_BYTES:
        raise ArtifactError(f"{key} in the registry has more than {arrays.MAX_BYTES:,} bytes.")
    return content
