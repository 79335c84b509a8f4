"""Training from a table to a published artifact, and the gate in front of it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from bento import settings
from bento.model import artifact
from tests.support.sentences import quiet, sentences
from training.data import cleaning, feedback, split
from training.errors import RefusedError
from training.evaluation import gate
from training.fitting.recipe import Recipe
from training.train import Published, train

WORDS = ("great", "awful")


@pytest.fixture(autouse=True, scope="module")
def small_held_out_part() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "HELD_OUT", {"imdb": 20, "tweets": 0.25})
        yield


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sentences(mislabelled=0.2)


@pytest.fixture(scope="module")
def published(
    table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Published, Path]:
    output = tmp_path_factory.mktemp("published") / "artifact"
    return train(table, output, quiet), output


def test_the_artifact_says_how_it_was_made(published: tuple[Published, Path]) -> None:
    manifest = artifact.load(published[1]).manifest
    assert manifest.settings == asdict(Recipe())
    assert list(manifest.metrics) == ["imdb", "tweets", "tweets, without neutral"]
    assert manifest.metrics["imdb"]["rows"] == 20
    assert manifest.metrics["tweets"]["classes"] == 3
    assert "scikit-learn" in manifest.libraries
    assert sorted(path.name for path in published[1].iterdir()) == ["arrays.npz", "artifact.json"]


def test_training_writes_the_files_that_the_next_one_may_replace() -> None:
    folder = Path(settings.load().bento_artifact_dir)
    written = {path.name for path in folder.iterdir()} | {feedback.LISTING}
    assert written == {*artifact.FILES}


def test_training_is_reproducible_and_not_worse_than_itself(
    published: tuple[Published, Path], table: pd.DataFrame, tmp_path: Path
) -> None:
    first = published[0]
    second = train(table, tmp_path / "artifact", quiet, reference=first.figures)
    assert second.artifact.digest == first.artifact.digest
    assert artifact.load(tmp_path / "artifact").digest == first.artifact.digest
    assert second.verdict.worse == ()


def test_a_worse_artifact_is_not_published(
    published: tuple[Published, Path], table: pd.DataFrame
) -> None:
    first, output = published
    accuracy = gate.Measure(1.3, 0.001)
    better = msgspec.structs.replace(first.figures["imdb"], accuracy=accuracy)
    message = r"^Not published.*imdb: accuracy .*%, ref.* 130"
    with pytest.raises(RefusedError, match=message) as caught:
        train(table, output, quiet, reference={**first.figures, "imdb": better})
    assert "\n" not in str(caught.value)
    assert artifact.load(output).manifest.created == first.artifact.manifest.created
    assert [path.name for path in output.parent.iterdir()] == ["artifact"]


def test_an_artifact_that_is_worse_on_held_out_corrections_is_not_published(
    published: tuple[Published, Path], table: pd.DataFrame
) -> None:
    first, output = published
    # The words of both poles change their meaning for training, but not where it is measured.
    texts = pd.DataFrame({"text": [f"n{i} it was {WORDS[i % 2]}" for i in range(200)]})
    right = texts.assign(label=[("positive", "negative")[i % 2] for i in range(200)])
    measured = split.test_rows(cleaning.clean(right.assign(source=feedback.SOURCE)))
    wrong = right["label"].map({"positive": "negative", "negative": "positive"})
    rows, merged = feedback.merge(table, right.assign(label=right["label"].where(measured, wrong)))
    assert merged.measured == measured.sum() > 10
    with pytest.raises(RefusedError, match=r"^Not published.*: feedback: accuracy .*, reference"):
        train(rows, output, quiet, corrections=merged)
    assert artifact.load(output).digest == first.artifact.digest
