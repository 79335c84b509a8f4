"""Users' corrections as training data: the way back from the store to the model.

Two formats. A CSV file with the columns `text,label`, labels as everywhere. Or the store's records
with a field `corrected`, which holds the right label: JSON, one record a line or a page as
`GET /comments` gives it, or CSV with the columns `original_comment,corrected`; other fields are
left out, and so are records that nobody corrected.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import pandas as pd

from training.data import cleaning, labels, split
from training.errors import DataError

__all__ = ["SOURCE", "WEIGHT", "Feedback", "merge", "read"]

SOURCE = "feedback"
"""What the column `source` says of a correction."""

WEIGHT = 5.0
"""What a correction weighs beside a row of the public data: a team's hundred corrections should be
heard among fifty thousand rows that are about other things, but not drown them."""


@dataclass(frozen=True)
class Feedback:
    """What became of the corrections: `used` rows of `weight`; left out were records `uncorrected`,
    texts `without_words`, the `repeated`, the `conflicting` (the same words, different labels) and
    those in the `held_out` part. `replaced` rows of other sources had the words of a correction."""

    weight: float
    used: int
    uncorrected: int
    without_words: int
    repeated: int
    conflicting: int
    held_out: int
    replaced: int

    def __str__(self) -> str:
        counts = asdict(self)
        left_out = ("uncorrected", "without_words", "repeated", "conflicting", "held_out")
        told = [f"{counts[name]} {name.replace('_', ' ')}" for name in left_out if counts[name]]
        rest = f"; left out: {', '.join(told)}" if told else ""
        return f"{self.used} corrections of weight {self.weight:g}{rest}"


def read(files: Sequence[Path]) -> pd.DataFrame:
    """The files' rows: columns text, and label, which is empty where nobody corrected a record.
    Raises DataError."""
    return pd.concat([_read(path) for path in files], ignore_index=True)


def merge(
    table: pd.DataFrame, given: pd.DataFrame, weight: float = WEIGHT
) -> tuple[pd.DataFrame, Feedback]:
    """The cleaned table with the corrections of `read` and the column `weight`, and what became of
    them.

    A correction takes the place of rows with the same words. None gets into, or moves, the
    held-out part.
    """
    corrected = given[given["label"] != ""]
    words = corrected["text"].map(cleaning.loose)
    wordless = int((words == "").sum())
    disagreeing = (corrected.groupby(words)["label"].transform("nunique") > 1) & (words != "")
    rows = cleaning.clean(corrected.assign(source=SOURCE))
    keys = split.near_duplicates(table["words"])
    held_out = split.near_duplicates(rows["words"]).isin(keys[split.test_rows(table)])
    used = rows[~held_out].assign(weight=weight)
    replaced = table["words"].isin(used["words"])
    merged = pd.concat([table[~replaced].assign(weight=1.0), used], ignore_index=True)
    return merged, Feedback(
        weight=weight,
        used=len(used),
        uncorrected=len(given) - len(corrected),
        without_words=wordless,
        repeated=len(corrected) - wordless - int(disagreeing.sum()) - len(rows),
        conflicting=int(disagreeing.sum()),
        held_out=int(held_out.sum()),
        replaced=int(replaced.sum()),
    )


def _read(path: Path) -> pd.DataFrame:
    table = _records(path) if _is_json(path) else labels.read_table(path)
    names = ("text", "label")
    if "original_comment" in table or "corrected" in table:
        names = ("original_comment", "corrected")
    labels.check_columns(table, names, path)
    texts, given = table[names[0]], table[names[1]].str.strip()
    skipped = (given == "") if names[1] == "corrected" else pd.Series(False, index=given.index)
    if skipped.all():
        raise DataError(f"{path}: no record has a value in {names[1]!r}.")
    # A label stands in for the missing ones so that errors count the file's rows.
    classes = labels.to_classes(given.where(~skipped, "neutral"), origin=str(path))
    return pd.DataFrame({"text": texts, "label": classes.where(~skipped, "")})


def _is_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from None


class _Record(msgspec.Struct):
    original_comment: str
    corrected: str | None = None


class _Page(msgspec.Struct):
    comments: list[_Record]


def _records(path: Path) -> pd.DataFrame:
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        found = _decoded(content)
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: no record as JSON: {error}.") from None
    except _NOT_JSON:
        found = []
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                found += _decoded(line) if line.strip() else []
            except _NOT_JSON as error:
                raise DataError(f"{path}: line {number} is no record as JSON: {error}.") from None
    rows = [(record.original_comment, record.corrected or "") for record in found]
    return pd.DataFrame(rows, columns=["original_comment", "corrected"])


_NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _decoded(content: bytes) -> list[_Record]:
    """Of a record or of a page of them."""
    read = msgspec.json.decode(content)
    if isinstance(read, dict) and "comments" in read:
        return msgspec.convert(read, _Page).comments
    return [msgspec.convert(read, _Record)]
