"""From data sources to a saved artifact."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from bento import artifact
from bento.model import Model
from training import cleaning, metrics, sources, split
from training.fit import Track, fit
from training.recipe import Recipe

__all__ = ["load_data", "train"]

_LIBRARIES = ("ftfy", "nltk", "numpy", "pandas", "scikit-learn", "scipy", "vaderSentiment")


def load_data(cache: Path, files: Sequence[Path], track: Track) -> pd.DataFrame:
    """All sources and the user's files, cleaned: columns text, label, source, words.

    Each source is cleaned by itself, so that files of the user's cannot move the held-out part.
    Raises DataError.
    """
    # The user's files first: a mistake in them should show before anything is downloaded.
    own = [sources.csv_file(path) for path in files]
    datasets = track(sources.DATASETS, "Getting the data", len(sources.DATASETS))
    tables = [dataset.load(cache) for dataset in datasets] + own
    parts = [part for table in tables for _, part in table.groupby("source")]
    cleaned = [cleaning.clean(part) for part in track(parts, "Cleaning", len(parts))]
    return pd.concat(cleaned, ignore_index=True)


def train(
    table: pd.DataFrame,
    output: Path,
    track: Track,
    *,
    files: Sequence[Path] = (),
    recipe: Recipe | None = None,
) -> artifact.Artifact:
    """Fit on the rows that are not held out, measure on those that are, save to `output`.

    Returns the artifact with its metrics: a table of measures for each held-out source.
    """
    rows = table[split.training_rows(table)].reset_index(drop=True)
    test = table[split.test_rows(table)]
    fitted = fit(rows, recipe or Recipe(), track)
    model = Model(fitted.artifact())
    measured: dict[str, Any] = {}
    for source, part in track(list(test.groupby("source")), "Measuring", test["source"].nunique()):
        measured[source] = metrics.evaluate(model, part)
        polar = part[part["label"] != "neutral"]
        if len(polar) < len(part):
            measured[f"{source}, without neutral"] = metrics.evaluate(model, polar)
    result = fitted.artifact(
        data=_provenance(rows, files),
        libraries={name: version(name) for name in _LIBRARIES},
        metrics=measured,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    artifact.save(result, output)
    return result


def _provenance(rows: pd.DataFrame, files: Sequence[Path]) -> dict[str, Any]:
    packages = {
        data.package: {"version": data.version, "sha256": data.sha256, "licence": data.licence}
        for data in sources.DATASETS
    }
    own = {path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files}
    counts = rows.groupby(["source", "label"], as_index=False).size()
    return {"sources": packages | own, "rows": counts.to_dict("records")}
