"""Our own corpus: texts as people write them, each labelled twice (see `comments/README.md`).

Comments and posts on social media are sources of their own, as posts are neutral in another way.
The texts in `comments/unseen` and `comments/unseen_posts` have authors of their own, those in
`unseen` domains of their own as well, and no artifact trains on them: they tell how the model does
on texts from elsewhere, and choose its calibration and thresholds.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from training.data import labels

__all__ = ["COMMENTS", "POSTS", "UNSEEN", "UNSEEN_POSTS", "about", "files", "read", "unseen"]

COMMENTS = "comments"
POSTS = "posts"
UNSEEN = "unseen comments"
UNSEEN_POSTS = "unseen posts"
"""The sources of the four parts."""

_FOLDER = Path(__file__).parent / "comments"
_SOURCES = {
    "comments": COMMENTS,
    "posts": POSTS,
    "unseen": UNSEEN,
    "unseen_posts": UNSEEN_POSTS,
}
"""By the name of the folder."""
_LICENCE = "the project's own (see LICENSE)"
_AGREEMENT = Path(__file__).with_name("agreement.csv")
"""How many texts of each file were labelled, and to how many a second reading gave the same
label; the others were left out."""


def files() -> list[Path]:
    """The files of the corpus, one for each domain, or each author of posts."""
    return sorted(_FOLDER.rglob("*.csv"))


@cache
def read() -> pd.DataFrame:
    """The columns text, label (class names), source, domain and kind. The table is shared: do not
    change it."""
    tables = []
    for path in files():
        table = labels.read_csv(path, also=("kind",))
        tables.append(table.assign(source=_SOURCES[path.parent.name], domain=path.stem))
    return pd.concat(tables, ignore_index=True)


def unseen(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of our corpus that no artifact trains on (column source)."""
    return table[table["source"].isin([UNSEEN, UNSEEN_POSTS])]


def about() -> dict[str, Any]:
    """The corpus's licence and digest, and the numbers of texts that were `labelled` and
    `agreed` on by two readings."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files())).hexdigest()
    counts = pd.read_csv(_AGREEMENT)
    return {
        "licence": _LICENCE,
        "sha256": digest,
        "labelled": int(counts["labelled"].sum()),
        "agreed": int(counts["agreed"].sum()),
    }
