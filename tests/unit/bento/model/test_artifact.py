"""The artifact: saving, loading, and the errors for damaged or inconsistent ones."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bento.model.artifact import Artifact, load, save
from bento.model.calibration import Calibration
from bento.model.manifest import FORMAT, ArtifactError, Manifest, Thresholds
from bento.model.vocabulary import Terms

TERMS = Terms.of(["bad", "good", "good_NEG", "good 😀"])


def artifact(**changes: object) -> Artifact:
    manifest = Manifest(
        classes=("negative", "neutral", "positive"),
        damping=60.0,
        unseen=12.0,
        calibration=Calibration((1.0, 1.0), (-1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
        thresholds=Thresholds(high=0.9, medium=0.7, unknown=0.5),
    )
    return Artifact(
        manifest=msgspec.structs.replace(manifest, **changes),
        terms=TERMS,
        idf=np.ones(len(TERMS.names()), dtype=np.float32),
        weights=np.ones((len(TERMS.names()), 5), dtype=np.float32),
        intercepts=np.array([0.5, 0.0, 0.0, 0.1, -1.0]),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(artifact(), tmp_path / "artifact")
    return tmp_path / "artifact"


def test_a_saved_artifact_can_be_loaded(folder: Path) -> None:
    loaded = load(folder)
    assert loaded.features == TERMS.names()
    assert loaded.weights.tolist() == artifact().weights.tolist()
    assert loaded.manifest.digest == loaded.digest == artifact().digest


def test_the_digest_covers_the_content_but_not_the_time() -> None:
    assert artifact(created="2026-01-01").digest == artifact().digest
    assert artifact(damping=61.0).digest != artifact().digest
    assert artifact().digest.startswith("sha256:")


def test_saving_replaces_the_old_artifact_and_leaves_no_other_files(folder: Path) -> None:
    digest = save(artifact(damping=1.0), folder)
    assert load(folder).manifest.digest == digest
    assert [path.name for path in folder.parent.iterdir()] == ["artifact"]


def test_arrays_that_stay_are_copied(folder: Path) -> None:
    arrays = folder / "arrays.npz"
    with np.load(arrays) as archive:
        np.savez(folder / "plain.npz", **archive)
    (folder / "plain.npz").replace(arrays)
    compressed = folder.with_name("compressed")
    tuned = folder.with_name("tuned")
    save(artifact(), compressed)
    digest = save(artifact(damping=1.0), tuned, arrays_from=folder)
    assert load(tuned, digest).weights.tolist() == artifact().weights.tolist()
    assert (tuned / "arrays.npz").read_bytes() == arrays.read_bytes()
    assert (tuned / "arrays.npz").read_bytes() != (compressed / "arrays.npz").read_bytes()


def test_other_arrays_are_not_copied(folder: Path) -> None:
    other = msgspec.structs.replace(artifact(), intercepts=np.zeros(5))
    with pytest.raises(ArtifactError, match="was replaced; start again"):
        save(other, folder.with_name("tuned"), arrays_from=folder)
    assert [path.name for path in folder.parent.iterdir()] == ["artifact"]


@pytest.mark.parametrize("name", ["thesis.txt", "folder"])
def test_a_folder_with_other_files_is_not_replaced(folder: Path, name: str) -> None:
    other = folder / name
    other.mkdir() if name == "folder" else other.write_text("mine")
    with pytest.raises(ArtifactError, match=f"other files than an artifact's \\({name}\\)"):
        save(artifact(damping=1.0), folder)
    assert other.exists()
    assert load(folder).digest == artifact().digest


def test_a_failed_save_keeps_the_old_artifact(folder: Path) -> None:
    with pytest.raises(TypeError):
        save(artifact(settings={"not": object()}), folder)
    assert load(folder).digest == artifact().digest
    assert [path.name for path in folder.parent.iterdir()] == ["artifact"]


def edit(folder: Path, **changes: object) -> None:
    path = folder / "artifact.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, f"has format 99; this version reads format {FORMAT}"),
        ({"features": {"text": 7}}, "feature setting"),
        ({"damping": 2.0}, "damaged"),
        ({"damping": "much"}, "damping"),
        ({"calibration": {"polarity": [1.0], "neutrality": []}}, "calibration"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_invalid_manifest_is_refused(
    folder: Path, change: dict[str, object], message: str
) -> None:
    edit(folder, **change)
    with pytest.raises(ArtifactError, match=message):
        load(folder)


def test_the_errors_say_how_to_get_a_new_artifact(folder: Path) -> None:
    for change in ({"format": 99}, {"features": {"text": 7}}, {"damping": 2.0}):
        save(artifact(), folder)
        edit(folder, **change)
        with pytest.raises(ArtifactError, match=r"; train a new one with `make train`\.$"):
            load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"idf": np.ones(3, dtype=np.float32)}, r"idf has the shape \(3,\), not \(\d+,\)"),
        ({"idf": np.ones((7, 1), dtype=np.float32)}, r"idf has the shape \(7, 1\)"),
        ({"idf": np.full(len(TERMS.names()), np.nan, np.float32)}, "idf has values that are not"),
        ({"weights": np.ones((3, 3), dtype=np.float32)}, r"weights has the shape \(3, 3\)"),
        ({"intercepts": np.ones(2)}, r"intercepts has the shape \(2,\), not \(5,\)"),
        ({"terms": Terms(TERMS.tokens[1:], TERMS.negated, TERMS.pairs)}, "tokens do not begin"),
        (
            {"terms": Terms(TERMS.tokens, TERMS.negated + 999, TERMS.pairs)},
            "negated refers to tokens",
        ),
        ({"terms": Terms(TERMS.tokens, TERMS.negated, TERMS.pairs * 0)}, "pairs refers to tokens"),
        ({"terms": Terms(TERMS.tokens, TERMS.negated, TERMS.pairs.ravel())}, "pairs has the shape"),
        (
            {"manifest": artifact(classes=("no", "yes")).manifest},
            "classes are no, yes, not negative",
        ),
    ],
)
def test_inconsistent_arrays_are_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    save(msgspec.structs.replace(artifact(), **change), tmp_path / "artifact")
    with pytest.raises(ArtifactError, match=message) as caught:
        load(tmp_path / "artifact")
    assert str(caught.value).endswith("`make train`.")


def test_missing_or_damaged_files_are_refused(folder: Path) -> None:
    arrays = (folder / "arrays.npz").read_bytes()
    for damaged in (b"", b"PK", arrays[:-100], arrays[:200] + b"\xff" * 20 + arrays[220:]):
        (folder / "arrays.npz").write_bytes(damaged)
        with pytest.raises(ArtifactError):
            load(folder)
    (folder / "arrays.npz").unlink()
    with pytest.raises(ArtifactError, match=r"no arrays\.npz"):
        load(folder)
    for damaged in (b"", b"\xff", b"{", b"[]", b"1"):
        (folder / "artifact.json").write_bytes(damaged)
        with pytest.raises(ArtifactError, match=r"artifact\.json cannot be read"):
            load(folder)
    with pytest.raises(ArtifactError, match="There is no artifact in"):
        load(folder / "nowhere")


def test_a_digest_that_is_expected_pins_the_artifact(folder: Path) -> None:
    own, other = artifact().digest, artifact(damping=1.0)
    assert load(folder, own).digest == own
    save(other, folder)
    with pytest.raises(ArtifactError, match=f"the digest {other.digest}, .* is {own}") as caught:
        load(folder, own)
    assert "\n" not in str(caught.value)


def test_a_manifest_without_end_is_not_read(folder: Path) -> None:
    path = folder / "artifact.json"
    path.write_bytes(path.read_bytes() + b" " * 1024 * 1024)
    with pytest.raises(ArtifactError, match=r"artifact\.json has more than 1,048,576 bytes"):
        load(folder)
