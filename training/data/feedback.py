"""Users' corrections as training data.

There are two formats: a CSV file with the columns `text,label`; or records, of which those count
that have a correction. Records are an export of the API, as JSON lines or CSV, or a page of
`GET /comments`; their label may also stand in a field `corrected`. Other fields are ignored.
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
"""Value of the column `source` for corrections."""

WEIGHT = 5.0
"""Weight of a correction relative to a row of the public data: a team's hundred corrections should
count among fifty thousand rows about other things, but not outweigh them."""
_GUARDED = r"^'(?='*[=+\-@\t\r\n＝＋－＠])"
"""The apostrophe that the gateway puts before what a spreadsheet would take for a formula."""


@dataclass(frozen=True)
class Feedback:
    """What became of the corrections. `used` became rows of the given `weight`. Left out were those
    `uncorrected`, `without_words`, `repeated`, `conflicting` (the same words with different labels)
    and those of `held_out` texts. `replaced` rows of other sources had a correction's words."""

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
        reasons = [f"{counts[name]} {name.replace('_', ' ')}" for name in left_out if counts[name]]
        rest = f"; left out: {', '.join(reasons)}" if reasons else ""
        return f"{self.used} used with weight {self.weight:g}{rest}"


def read(files: Sequence[Path]) -> pd.DataFrame:
    """The rows of the files: columns text and label, which is empty for uncorrected records. Raises
    DataError."""
    return pd.concat([_read(path) for path in files], ignore_index=True)


def merge(
    table: pd.DataFrame, corrections: pd.DataFrame, weight: float = WEIGHT
) -> tuple[pd.DataFrame, Feedback]:
    """The cleaned table with the corrections of `read` added and a column `weight`, and what became
    of the corrections.

    A correction replaces rows with the same words. The held-out part stays as it is.
    """
    corrected = corrections[corrections["label"] != ""]
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
        uncorrected=len(corrections) - len(corrected),
        without_words=wordless,
        repeated=len(corrected) - wordless - int(disagreeing.sum()) - len(rows),
        conflicting=int(disagreeing.sum()),
        held_out=int(held_out.sum()),
        replaced=int(replaced.sum()),
    )


def _read(path: Path) -> pd.DataFrame:
    table = _records(path) if _is_json(path) else labels.read_table(path)
    names = ("text", "label")
    if "correction_sentiment" in table:
        # An export of the API as CSV, whose texts spreadsheets must not take for formulas.
        table = table.rename(columns={"correction_sentiment": "corrected"})
        texts = table["original_comment"].str.replace(_GUARDED, "", regex=True)
        table = table.assign(original_comment=texts)
    if "original_comment" in table or "corrected" in table:
        names = ("original_comment", "corrected")
    labels.check_columns(table, names, path)
    texts, given = table[names[0]], table[names[1]].str.strip()
    empty = (given == "") & (names[1] == "corrected")
    if empty.all():
        raise DataError(f"{path}: no record has a value in {names[1]!r}.")
    # A placeholder for missing labels keeps the row numbers in errors those of the file.
    classes = labels.to_classes(given.where(~empty, "neutral"), origin=str(path))
    return pd.DataFrame({"text": texts, "label": classes.where(~empty, "")})


def _is_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from None


class _Correction(msgspec.Struct):
    sentiment: str


class _Record(msgspec.Struct):
    original_comment: str
    corrected: str | None = None
    correction: _Correction | None = None

    @property
    def label(self) -> str:
        """The correction; empty if there is none."""
        return self.corrected or (self.correction.sentiment if self.correction else "")


class _Page(msgspec.Struct):
    comments: list[_Record]


def _records(path: Path) -> pd.DataFrame:
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        records = _decode(content)
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: not a record: {error}.") from None
    except _NOT_JSON:
        records = []
        for number, line in enumerate(content.splitlines(), start=1):
            try:
                records += _decode(line) if line.strip() else []
            except _NOT_JSON as error:
                raise DataError(f"{path}: line {number} is not a record: {error}.") from None
    rows = [(record.original_comment, record.label) for record in records]
    return pd.DataFrame(rows, columns=["original_comment", "corrected"])


_NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _decode(content: bytes) -> list[_Record]:
    """The records of a page, or the one record."""
    decoded = msgspec.json.decode(content)
    if isinstance(decoded, dict) and "comments" in decoded:
        return msgspec.convert(decoded, _Page).comments
    return [msgspec.convert(decoded, _Record)]
