"""How comments compare with the reference of an artifact."""

from typing import Any

import drift
from bento.model.manifest import Manifest, Reference
from bento.model.reference import MEASURES, TRAINING, compared, shares
from training.drift.sample import Sample
from training.errors import DataError

__all__ = ["compare", "find_reference"]


def find_reference(manifest: Manifest) -> str:
    """The data that comments are compared with. Raises DataError if the artifact has none."""
    data = compared(manifest.references)
    if data is None:
        raise DataError(
            "The artifact has no reference to compare with: `python -m training reference` adds it."
        )
    return data


def compare(manifest: Manifest, data: str, sample: Sample) -> dict[str, Any]:
    """The comparison with the reference of this data, as plain data, ready for JSON.
    `training_index` compares with the training data, whose words the model knows better."""
    references = manifest.references
    reference, training = references[data], references.get(TRAINING)
    measures = [_measure(name, sample, reference, training) for name in MEASURES]
    return {
        "model": manifest.digest,
        "reference": {
            "data": data,
            "source": reference.source,
            "comments": sum(reference.counts["sentiment"].values()),
        },
        "comments": sample.comments,
        "enough": sample.comments >= drift.LEAST_COMMENTS,
        "since": sample.since,
        "until": sample.until,
        "answered_by": [
            {"model": model, "comments": count} for model, count in sample.models.most_common()
        ],
        "index": max(each["index"] for each in measures),
        "measures": measures,
    }


def _measure(
    name: str, sample: Sample, reference: Reference, training: Reference | None
) -> dict[str, Any]:
    now, before = shares(sample.counts[name]), shares(reference.counts[name])
    index = drift.population_stability_index
    then = shares(training.counts[name]) if training else None
    return {
        "measure": name,
        "index": index([*now.values()], [*before.values()]),
        "training_index": index([*now.values()], [*then.values()]) if then else None,
        "bins": [{"bin": each, "reference": before[each], "now": now[each]} for each in now],
    }
