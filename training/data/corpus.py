"""Our own corpus: comments as people write them, each labelled twice (see `comments/README.md`).

The domains in `comments/unseen` have authors of their own, and no artifact trains on them: they
tell how the model does on comments from elsewhere, and choose its calibration and thresholds.
"""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from training.data import labels

__all__ = ["COMMENTS", "UNSEEN", "about", "files", "read"]

COMMENTS = "comments"
UNSEEN = "unseen comments"
"""The sources of the two parts."""

_FOLDER = Path(__file__).parent / "comments"
_LICENCE = "the project's own (see LICENSE)"
_AGREEMENT = Path(__file__).with_name("agreement.csv")
"""How many comments of each file were labelled, and to how many a second reading gave the same
label; the others were left out."""


def files() -> list[Path]:
    """The files of the corpus, one for each domain."""
    return sorted(_FOLDER.rglob("*.csv"))


def read() -> pd.DataFrame:
    """The columns text, label (class names), source (COMMENTS or UNSEEN), domain and kind."""
    tables = []
    for path in files():
        table = labels.read_csv(path, also=("kind",))
        source = UNSEEN if path.parent.name == "unseen" else COMMENTS
        tables.append(table.assign(source=source, domain=path.stem))
    return pd.concat(tables, ignore_index=True)


def about() -> dict[str, Any]:
    """The corpus's licence and digest, and the numbers of comments that were `labelled` and
    `agreed` on by two readings."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files())).hexdigest()
    counts = pd.read_csv(_AGREEMENT)
    return {
        "licence": _LICENCE,
        "sha256": digest,
        "labelled": int(counts["labelled"].sum()),
        "agreed": int(counts["agreed"].sum()),
    }
