"""What `GET /model` says of the artifact that answers."""

from typing import Any

import msgspec

from bento.model.language import ENGLISH
from bento.model.manifest import CLASSES, Manifest, Thresholds, Tuning

__all__ = ["Description", "encode"]


class Description(msgspec.Struct):
    """The artifact. `model` is its digest; `languages` are those it judges: answers to others have
    low confidence. `settings` are those of its training, `metrics` its measures on held-out texts,
    by domain. A tuned artifact has only the accuracy that tuning measured on the unseen texts."""

    model: str
    classes: tuple[str, ...]
    languages: tuple[str, ...]
    thresholds: Thresholds
    tuning: Tuning | None
    settings: dict[str, Any]
    metrics: dict[str, Any]
    created: str


def encode(manifest: Manifest) -> bytes:
    """The description as JSON."""
    return msgspec.json.encode(
        Description(
            model=manifest.digest,
            classes=CLASSES,
            languages=(ENGLISH,),
            thresholds=manifest.thresholds,
            tuning=manifest.tuning,
            settings=manifest.settings,
            metrics=manifest.metrics,
            created=manifest.created,
        )
    )
