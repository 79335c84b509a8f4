"""The registry, as a folder and as a bucket: what arrives is verified."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from bento import settings
from bento.model.artifact import load, save
from bento.model.manifest import FORMAT
from training.__main__ import cli
from training.data import feedback

ARTIFACT = Path(settings.load().bento_artifact_dir)
DIGEST = load(ARTIFACT).digest
OTHER = f"sha256:{'0' * 64}"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket="models")
        yield client


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def key(file: str = "artifact.json") -> str:
    return f"{DIGEST.replace(':', '-')}/{file}"


def test_a_folder_gives_back_what_was_published(tmp_path: Path) -> None:
    registry, output = tmp_path / "registry", tmp_path / "artifact"
    first, second = (run("publish", ARTIFACT, registry) for _ in range(2))
    assert first.stdout == second.stdout == f"{DIGEST}\n"
    assert (first.stderr, second.stderr) == (
        f"published: {registry}\n",
        f"is there already: {registry}\n",
    )
    assert (registry / key()).stat().st_mode & 0o777 == 0o644
    assert run("fetch", DIGEST, registry, "--output", output).exit_code == 0
    assert load(output, DIGEST).manifest == load(ARTIFACT).manifest
    again = run("fetch", DIGEST, tmp_path / "none", "--output", output)
    assert (again.exit_code, again.stderr) == (0, f"is there already: {output}\n")


def test_what_lies_beside_the_artifact_comes_along(tmp_path: Path) -> None:
    artifact, registry, output = (tmp_path / name for name in ("mine", "registry", "fetched"))
    beside = {"card.json": b"{}", "card.html": b"<p>", feedback.LISTING: b"comment_id"}
    save(load(ARTIFACT), artifact, {**beside, "notes.txt": b"my own"})
    assert run("publish", artifact, registry).exit_code == 0
    assert run("fetch", DIGEST, registry, "--output", output).exit_code == 0
    arrived = {path.name: path.read_bytes() for path in output.iterdir()}
    assert beside.items() <= arrived.items()
    assert arrived.keys() - beside.keys() == {"arrays.npz", "artifact.json"}


def test_a_bucket_gives_back_what_was_published(s3: Any, tmp_path: Path) -> None:
    output = tmp_path / "artifact"
    done = run("publish", ARTIFACT, "s3://models/below/")
    assert done.stdout == f"{DIGEST}\n", done.stderr
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="models")["Contents"]]
    assert f"below/{key()}" in keys
    assert "already" in run("publish", ARTIFACT, "s3://models/below").stderr
    fetched = run("fetch", DIGEST, "s3://models/below", "--output", output)
    assert fetched.exit_code == 0, fetched.stderr
    assert load(output).digest == DIGEST


def test_an_interrupted_publication_is_not_there_and_can_be_repeated(s3: Any) -> None:
    s3.put_object(Bucket="models", Key=key("arrays.npz"), Body=b"half")
    done = run("fetch", DIGEST, "s3://models", "--output", "none")
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: s3://models has no artifact {DIGEST}.\n",
    )
    assert "published" in run("publish", ARTIFACT, "s3://models").stderr


def test_the_manifest_is_written_last(tmp_path: Path) -> None:
    broken = tmp_path / "artifact"
    shutil.copytree(ARTIFACT, broken)
    (broken / "corrections.csv").mkdir()
    done = run("publish", broken, tmp_path / "registry")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert (tmp_path / "registry" / key("arrays.npz")).exists()
    assert not (tmp_path / "registry" / key()).exists()


def test_what_is_damaged_or_another_artifact_changes_nothing(tmp_path: Path) -> None:
    registry, output = tmp_path / "registry", tmp_path / "artifact"
    run("publish", ARTIFACT, registry)
    shutil.copytree(registry / key("."), registry / OTHER.replace(":", "-"))
    done = run("fetch", OTHER, registry, "--output", output)
    assert done.stderr == f"Error: {registry} has {DIGEST} in the place of {OTHER}.\n"
    manifest = registry / key()
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 1'))
    done = run("fetch", DIGEST, registry, "--output", output)
    assert done.stderr.startswith(f"Error: The artifact in {registry}/sha256-")
    assert f"has format 1; this version reads format {FORMAT}" in done.stderr
    (registry / key("arrays.npz")).write_bytes(b"half")
    assert run("fetch", DIGEST, registry, "--output", output).exit_code == 1
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["publish", "none", "s3://models"], "There is no artifact in none"),
        (["publish", str(ARTIFACT), "s3://missing"], "NoSuchBucket"),
        (["publish", str(ARTIFACT), "s3://"], "s3://: names no bucket."),
        (["publish", str(ARTIFACT), "gs://models"], "begins with s3://"),
        (["fetch", "2448b1200a15", "s3://models"], "not a digest"),
        (["fetch", OTHER, "s3://missing"], "NoSuchBucket"),
    ],
)
@pytest.mark.usefixtures("s3")
def test_what_cannot_work_is_said_in_one_line(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
