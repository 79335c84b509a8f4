"""Training from data sources to a published artifact."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from bento.model import artifact as artifacts
from bento.model.manifest import ArtifactError
from bento.model.model import Model
from training.card.content import content
from training.card.page import page
from training.data import cleaning, corpus, feedback, sources, split
from training.drift import references
from training.errors import RefusedError
from training.evaluation import behaviour, gate, metrics
from training.evaluation.checklist.suite import suite
from training.evaluation.comparison import Comparison
from training.fitting.fit import Track, fit
from training.fitting.recipe import Recipe

__all__ = ["Published", "load_data", "train"]

_LIBRARIES = (
    "ftfy",
    "nltk",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "textblob",
    "vaderSentiment",
)


@dataclass(frozen=True)
class Published:
    """The result of a training: the artifact, the gate's verdict with the figures it is based on,
    and the content of the model card (empty if none was made)."""

    artifact: artifacts.Artifact
    verdict: gate.Verdict
    figures: dict[str, gate.Figures]
    card: dict[str, Any]


def load_data(cache: Path, files: Sequence[Path], track: Track) -> pd.DataFrame:
    """The cleaned rows of all data sets and the user's files: columns text, label, source, words.

    Each source is cleaned on its own, so that the user's files cannot change the held-out part.
    Raises DataError.
    """
    # The user's files come first, so that errors in them show before anything is downloaded.
    own = [sources.csv_file(path) for path in files]
    datasets = track(sources.DATASETS, "Loading data", len(sources.DATASETS))
    tables = [dataset.load(cache) for dataset in datasets] + [corpus.read()] + own
    parts = [part for table in tables for _, part in table.groupby("source")]
    cleaned = [cleaning.clean(part) for part in track(parts, "Cleaning", len(parts))]
    return pd.concat(cleaned, ignore_index=True)


def train(
    table: pd.DataFrame,
    output: Path,
    track: Track,
    *,
    files: Sequence[Path] = (),
    corrections: feedback.Feedback | None = None,
    reference: Mapping[str, gate.Figures] | None = None,
    force: bool = False,
    accept: bool = False,
    card: bool = False,
) -> Published:
    """Fit on the training rows, measure on the held-out rows, and save the artifact to `output`.

    Args:
        table: columns text, label, source, words, and weight if it contains feedback.
        output: the artifact's folder; replaced only once everything else succeeded.
        track: shows the progress.
        files: the user's files whose rows, or corrections, are in the table.
        corrections: what became of the corrections in the table.
        reference: figures that the gate compares with; None for no comparison. On corrections it
            compares with the artifact in `output` instead, which is to be replaced.
        force: save even if the artifact is worse than the reference.
        accept: save even if it is worse, because it will be the new reference.
        card: whether to make the model card, which takes about as long as the training.

    Raises:
        RefusedError: the artifact is worse than the reference; `output` is unchanged.
    """
    recipe = Recipe()
    rows = table[split.training_rows(table)].reset_index(drop=True)
    test = table[split.test_rows(table)].reset_index(drop=True)
    unseen = corpus.unseen(test)
    with ExitStack() as stack:
        comparison = stack.enter_context(Comparison(rows, unseen, test, recipe)) if card else None
        fitted = fit(rows, recipe, track, unseen)
        model = Model(fitted.artifact())
        measured, figures = _measure(model, test, track)
        behaviours = behaviour.run(model, suite())
        figures |= gate.behaviour_figures(behaviours)
        artifact = fitted.artifact(
            data=_provenance(rows, files, corrections),
            libraries={name: version(name) for name in _LIBRARIES},
            metrics=measured,
            references=references.of_corpus(model),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        compared = {**(reference or {}), **_replaced(output, test)}
        verdict = gate.compare(compared, figures)
        if verdict.worse and not (force or accept):
            raise RefusedError(f"Not published, worse than the reference: {verdict}.")
        described: dict[str, Any] = {}
        if comparison is not None:
            for job in track(comparison.jobs, "Comparing", len(comparison.jobs)):
                job.exception()
            described = content(
                artifact,
                test,
                comparison.systems(),
                comparison.curve(),
                verdict.summary(compared=bool(compared), accepted=accept),
                behaviours,
            )
    artifacts.save(artifact, output, _files(described, feedback.listing(table)))
    return Published(artifact, verdict, figures, described)


def _measure(
    model: Model, test: pd.DataFrame, track: Track
) -> tuple[dict[str, Any], dict[str, gate.Figures]]:
    """For each domain its measures, and its figures for the gate."""
    measures, figures = {}, {}
    masks = split.domains(test)
    for name, mask in track(list(masks.items()), "Measuring", len(masks)):
        part = test[mask]
        scored = metrics.score(part["label"], model.probabilities(list(part["text"])))
        measures[name] = metrics.measure(scored)
        figures[name] = gate.domain_figures(part, scored)
    return measures, figures


def _replaced(output: Path, test: pd.DataFrame) -> dict[str, gate.Figures]:
    """The figures, on the held-out corrections, of the artifact that is to be replaced. Empty if
    there is none."""
    part = test[test["source"] == split.FEEDBACK].reset_index(drop=True)
    if part.empty:
        return {}
    try:
        former = artifacts.load(output)
    except ArtifactError:
        return {}
    return _measure(Model(former), part, lambda items, *_: items)[1]


def _files(card: Mapping[str, Any], corrections: bytes) -> dict[str, bytes]:
    files = {feedback.LISTING: corrections} if corrections else {}
    if card:
        text = msgspec.json.format(msgspec.json.encode(card), indent=2)
        files |= {"card.json": text + b"\n", "card.html": page(card).encode()}
    return files


def _provenance(
    rows: pd.DataFrame, files: Sequence[Path], corrections: feedback.Feedback | None
) -> dict[str, Any]:
    sets: dict[str, dict[str, Any]] = {
        data.package: {"version": data.version, "sha256": data.sha256, "licence": data.licence}
        for data in sources.DATASETS
    }
    sets["comments and posts"] = corpus.about()
    own = {path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files}
    counts = rows.groupby(["source", "label"], as_index=False).size()
    merged = {} if corrections is None else {"feedback": asdict(corrections)}
    return {"sources": sets | own, "rows": counts.to_dict("records"), **merged}
