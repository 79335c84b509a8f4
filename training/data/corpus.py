"""Our own corpus: comments as people write them, each labelled twice (see `comments/README.md`).

The domains in `comments/unseen` have authors of their own, and no artifact trains on them: they
tell how the model does on comments from elsewhere, and choose its calibration and thresholds.
"""

from pathlib import Path

import pandas as pd

from training.data import labels

__all__ = ["COMMENTS", "LICENCE", "UNSEEN", "files", "read"]

COMMENTS = "comments"
UNSEEN = "unseen comments"
"""The sources of the two parts."""
LICENCE = "the project's own (see LICENSE)"

_FOLDER = Path(__file__).parent / "comments"


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
