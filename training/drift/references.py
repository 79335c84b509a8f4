"""The references of an artifact: comments that it was trained on, and comments that those of today
are compared with.

The latter are of domains and authors that no artifact trains on: they are as strange to the model
as what a new installation gets on an ordinary day. Its owner puts recorded comments in their place
once there are some.
"""

import hashlib
from collections.abc import Mapping

import msgspec
import pandas as pd

import drift
from bento.model.artifact import Artifact
from bento.model.manifest import Reference
from bento.model.model import Model
from bento.model.reference import HELD_OUT, RECORDED, TRAINING
from training.data import corpus
from training.data.exports import period
from training.drift.sample import Sample
from training.errors import DataError

__all__ = ["attach", "of_corpus", "of_rows", "with_recorded"]

_MAX_COMMENTS = 2_000
"""The most comments of a reference. More would change no index of such comments by 0.01."""


def of_corpus(model: Model) -> dict[str, Reference]:
    """The references for the comments of our corpus. A few count that training leaves out, because
    they are near-duplicates or were corrected."""
    return of_rows(model, corpus.read())


def of_rows(model: Model, rows: pd.DataFrame) -> dict[str, Reference]:
    """The references for the comments among rows of our corpus (columns text, source); there is
    none where there are no comments."""
    parts = {
        TRAINING: ("comments of our own", corpus.COMMENTS),
        HELD_OUT: (corpus.UNSEEN, corpus.UNSEEN),
    }
    references = {}
    for data, (title, source) in parts.items():
        sample = Sample()
        sample.add(model, _chosen(rows["text"][rows["source"] == source]))
        if sample.comments:
            references[data] = Reference(title, sample.counts)
    return references


def with_recorded(artifact: Artifact, sample: Sample) -> dict[str, Reference]:
    """The artifact's references, with recorded comments in place of held-out ones. Raises DataError
    if there are too few."""
    if sample.comments < drift.LEAST_COMMENTS:
        raise DataError(
            f"{sample.comments:,} comments are too few for a reference: it takes "
            f"{drift.LEAST_COMMENTS:,}."
        )
    source = f"recorded comments{period(sample.since, sample.until)}"
    references = {
        **artifact.manifest.references,
        RECORDED: Reference(source, sample.counts),
    }
    references.pop(HELD_OUT, None)
    return references


def attach(artifact: Artifact, references: Mapping[str, Reference]) -> Artifact:
    """The artifact with these references instead of its own; its digest is another."""
    manifest = msgspec.structs.replace(artifact.manifest, digest="", references=dict(references))
    return msgspec.structs.replace(artifact, manifest=manifest)


def _chosen(texts: pd.Series) -> list[str]:
    """At most _MAX_COMMENTS texts, with the smallest hashes, so that new texts replace few."""
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())[:_MAX_COMMENTS]
