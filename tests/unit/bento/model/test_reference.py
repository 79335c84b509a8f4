"""References: which are accepted, and what is compared with them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from bento.model.artifact import load, save
from bento.model.manifest import CLASSES, LEVELS, ArtifactError, Confidence, Reference, Sentiment
from bento.model.reference import HELD_OUT, MEASURES, RECORDED, TRAINING, compared, shares
from tests.unit.bento.model.test_artifact import artifact


def reference(comments: int = 10) -> Reference:
    """All comments are in the first bin of each measure."""
    counts = {name: dict.fromkeys(bins, 0) for name, bins in MEASURES.items()}
    for name, bins in MEASURES.items():
        counts[name][bins[0]] = comments
    return Reference("made up", counts)


def test_the_bins_are_the_models_classes_and_levels() -> None:
    assert MEASURES["sentiment"] == CLASSES == get_args(Sentiment)
    assert MEASURES["confidence"] == LEVELS == get_args(Confidence)


def test_a_reference_is_kept_and_part_of_the_digest(tmp_path: Path) -> None:
    references = {TRAINING: reference(20), HELD_OUT: reference()}
    digest = save(artifact(references=references), tmp_path / "artifact")
    loaded = load(tmp_path / "artifact").manifest
    assert loaded.references == references
    assert digest not in {artifact().digest, artifact(references={TRAINING: reference()}).digest}


def test_an_artifact_may_have_no_reference(tmp_path: Path) -> None:
    save(artifact(), tmp_path / "artifact")
    assert load(tmp_path / "artifact").manifest.references == {}


def test_shares_are_of_all_comments_of_a_measure() -> None:
    assert shares({"negative": 1, "neutral": 0, "positive": 3}) == {
        "negative": 0.25,
        "neutral": 0.0,
        "positive": 0.75,
    }


def test_recorded_comments_take_the_place_of_held_out_ones() -> None:
    assert compared({}) is None
    assert compared({TRAINING: reference()}) is None
    assert compared({TRAINING: reference(), HELD_OUT: reference()}) == HELD_OUT
    assert compared({RECORDED: reference()}) == RECORDED


def with_counts(measure: str, counts: dict[str, Any]) -> Reference:
    changed = copy.deepcopy(reference())
    changed.counts[measure] = counts
    return changed


LOST = {name: counts for name, counts in reference().counts.items() if name != "characters"}


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ({"yesterday": reference()}, "there is no reference 'yesterday'"),
        ({HELD_OUT: reference(), RECORDED: reference()}, "more than one reference of held_out"),
        ({HELD_OUT: Reference("", LOST)}, "does not have sentiment, confidence, unknown_words, ch"),
        (
            {HELD_OUT: with_counts("sentiment", {"bad": 10})},
            "its reference held_out has other bins of sentiment",
        ),
        (
            {HELD_OUT: with_counts("sentiment", {"negative": 11, "neutral": -1, "positive": 0})},
            "has a negative count of sentiment",
        ),
        (
            {TRAINING: with_counts("sentiment", {"negative": 9, "neutral": 0, "positive": 0})},
            "its reference training counts no comments, or not all",
        ),
        ({HELD_OUT: reference(0)}, "counts no comments"),
    ],
)
def test_a_malformed_reference_is_refused(
    references: dict[str, Reference], message: str, tmp_path: Path
) -> None:
    save(artifact(references=references), tmp_path / "artifact")
    with pytest.raises(ArtifactError, match=message) as caught:
        load(tmp_path / "artifact")
    assert str(caught.value).endswith("; train a new one with `make train`.")


@pytest.mark.parametrize("counts", [{"sentiment": {"negative": 0.5}}, {"sentiment": 3}, [1]])
def test_a_reference_of_other_types_is_refused(counts: Any, tmp_path: Path) -> None:
    save(artifact(), tmp_path / "artifact")
    file = tmp_path / "artifact" / "artifact.json"
    manifest = msgspec.json.decode(file.read_bytes())
    manifest["references"] = {HELD_OUT: {"source": "", "counts": counts}}
    file.write_bytes(msgspec.json.encode(manifest))
    with pytest.raises(ArtifactError, match="references"):
        load(tmp_path / "artifact")
