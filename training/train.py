"""From data sources to a published artifact."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from bento.model import artifact as artifacts
from bento.model.model import Model
from training.card.content import content
from training.card.page import page
from training.data import cleaning, sources, split
from training.data.domains import domains
from training.data.feedback import Feedback
from training.errors import DataError
from training.evaluation import behaviour, bootstrap, checklist, gate, metrics
from training.evaluation.comparison import Comparison
from training.fitting.fit import Track, fit
from training.fitting.recipe import Recipe

__all__ = ["Published", "RefusedError", "judged", "load_data", "train"]

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


class RefusedError(DataError):
    """The gate did not let the artifact pass; the message names domains and figures."""


@dataclass(frozen=True)
class Published:
    """What came out: the artifact, the gate's verdict, and the figures it judged."""

    artifact: artifacts.Artifact
    verdict: gate.Verdict
    figures: dict[str, gate.Figures]
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return self.artifact.digest

    @property
    def manifest(self) -> artifacts.Manifest:
        return self.artifact.manifest


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
    feedback: Feedback | None = None,
    reference: Mapping[str, gate.Figures] | None = None,
    force: bool = False,
    accept: bool = False,
    card: bool = False,
) -> Published:
    """Fit on the rows that are not held out, measure on those that are, save to `output`.

    Args:
        table: columns text, label, source, words, and with feedback `weight`.
        output: the artifact's folder; replaced only when everything else succeeded.
        track: shows how far it got.
        files: the user's files whose rows, or corrections, are in the table.
        recipe: the settings of the model.
        feedback: what became of the corrections that are in the table.
        reference: what the gate compares with; nothing if None.
        force: save even if the gate finds it worse.
        accept: save even if the gate finds it worse, as it is to be the next reference.
        card: whether to make the model card, which takes about as long again.

    Raises:
        RefusedError: the gate found it worse; `output` is as it was.
    """
    recipe = recipe or Recipe()
    rows = table[split.training_rows(table)].reset_index(drop=True)
    test = table[split.test_rows(table)].reset_index(drop=True)
    with ExitStack() as stack:
        beside = stack.enter_context(Comparison(rows, test, recipe)) if card else None
        fitted = fit(rows, recipe, track)
        model = Model(fitted.artifact())
        measured, figures = _measure(model, test, track)
        behaviours = behaviour.run(model, checklist.suite())
        figures |= gate.of_behaviours(behaviours)
        made = fitted.artifact(
            data=_provenance(rows, files, feedback),
            libraries={name: version(name) for name in _LIBRARIES},
            metrics=measured,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        verdict = gate.compare(reference or {}, figures)
        if verdict.worse and not (force or accept):
            raise RefusedError(f"Not published, worse than the reference: {verdict}.")
        described: dict[str, Any] = {}
        if beside is not None:
            for job in track(beside.jobs, "Comparing", len(beside.jobs)):
                job.exception()
            found = judged(verdict, reference, accept=accept)
            described = content(made, test, beside.systems(), beside.curve(), found, behaviours)
    artifacts.save(made, output, _files(described))
    return Published(made, verdict, figures, described)


def _measure(
    model: Model, test: pd.DataFrame, track: Track
) -> tuple[dict[str, Any], dict[str, gate.Figures]]:
    measured, figures = {}, {}
    parts = domains(test)
    for name, inside in track(list(parts.items()), "Measuring", len(parts)):
        part = test[inside]
        scored = metrics.score(part["label"], model.probabilities(list(part["text"])))
        measured[name] = metrics.summary(scored)
        intervals = bootstrap.intervals(scored.labels, scored.probabilities)
        figures[name] = gate.figures(part, scored, intervals)
    return measured, figures


def judged(
    verdict: gate.Verdict, reference: Mapping[str, gate.Figures] | None, *, accept: bool
) -> dict[str, Any]:
    """What the card says of the gate: `verdict` is accepted, forced, passed or "no reference";
    what was worse is told in any case."""
    passed = "passed" if reference else "no reference"
    word = "accepted" if accept else "forced" if verdict.worse else passed
    return {"verdict": word, **asdict(verdict)}


def _files(card: Mapping[str, Any]) -> dict[str, bytes]:
    if not card:
        return {}
    text = msgspec.json.format(msgspec.json.encode(card), indent=2)
    return {"card.json": text + b"\n", "card.html": page(card).encode()}


def _provenance(
    rows: pd.DataFrame, files: Sequence[Path], feedback: Feedback | None
) -> dict[str, Any]:
    packages = {
        data.package: {"version": data.version, "sha256": data.sha256, "licence": data.licence}
        for data in sources.DATASETS
    }
    own = {path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in files}
    counts = rows.groupby(["source", "label"], as_index=False).size()
    corrections = {} if feedback is None else {"feedback": asdict(feedback)}
    return {"sources": packages | own, "rows": counts.to_dict("records"), **corrections}
