"""What an artifact says of itself: `artifact.json`, everything but the arrays."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from bento.model.calibration import Calibration
from bento.model.reading.text import FEATURES

__all__ = [
    "CLASSES",
    "FILE",
    "FORMAT",
    "LEVELS",
    "RETRAIN",
    "ArtifactError",
    "Confidence",
    "Manifest",
    "Reference",
    "Sentiment",
    "Thresholds",
    "Tuning",
    "read",
]

FILE = "artifact.json"
"""The name of a manifest in the folder of its artifact."""

Sentiment = Literal["negative", "neutral", "positive"]
CLASSES: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
Confidence = Literal["high", "medium", "low"]
LEVELS: tuple[Confidence, ...] = ("high", "medium", "low")
"""Of confidence."""
FORMAT = 5
# The manifest that training writes has 7 kB.
_MAX_MANIFEST_BYTES = 1024 * 1024
RETRAIN = "train a new one with `make train`"
"""What to do about an artifact that cannot be used."""


class ArtifactError(Exception):
    """The artifact is missing, damaged or made for another version; the message says which."""


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lowest scores of high and of medium confidence; anything below is low. If more than the
    share `unknown` of a text was never seen in training, the model gives no opinion on it."""

    high: float
    medium: float
    unknown: float


class Tuning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The owner's change to a trained artifact: `neutral_bias` was added to the log-odds of
    neutral of the artifact with the digest `base`."""

    base: str
    neutral_bias: float


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the comments of a `source` are like: `counts` has, for each of
    `bento.model.reference.MEASURES`, the number of comments in each bin."""

    source: str
    counts: dict[str, dict[str, int]]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `artifact.json`. `damping` is added to the squared norm of a text's terms;
    `unseen` is the idf of a word that training never saw. `references` are what comments are
    compared with, see `bento.model.reference`."""

    classes: tuple[str, ...]
    damping: float
    unseen: float
    calibration: Calibration
    thresholds: Thresholds
    features: dict[str, int | str] = msgspec.field(default_factory=lambda: dict(FEATURES))
    format: int = FORMAT
    settings: dict[str, Any] = {}
    data: dict[str, Any] = {}
    libraries: dict[str, str] = {}
    metrics: dict[str, Any] = {}
    tuning: Tuning | None = None
    references: dict[str, Reference] = {}
    created: str = ""
    digest: str = ""


def read(folder: Path) -> Manifest:
    """The manifest of the artifact in `folder`. Raises ArtifactError."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_MANIFEST_BYTES + 1)
        if len(content) > _MAX_MANIFEST_BYTES:
            raise ArtifactError(f"{path} has more than {_MAX_MANIFEST_BYTES:,} bytes; {RETRAIN}.")
        raw = msgspec.json.decode(content)
        # Another format may have other fields, so check the format before the fields.
        if isinstance(raw, dict) and raw.get("format") != FORMAT:
            raise ArtifactError(
                f"The artifact in {folder} has format {raw.get('format')}; "
                f"this version reads format {FORMAT}; {RETRAIN}."
            )
        manifest = msgspec.convert(raw, Manifest)
    except FileNotFoundError:
        raise ArtifactError(
            f"There is no artifact in {folder}: train one with `make train`."
        ) from None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{path} cannot be read: {error}.") from error
    for name in sorted({*FEATURES, *manifest.features}):
        ours, theirs = FEATURES.get(name), manifest.features.get(name)
        if ours != theirs:
            raise ArtifactError(
                f"The artifact in {folder} was trained with the feature setting "
                f"{name}={theirs}; this version computes {name}={ours}; {RETRAIN}."
            )
    return manifest
