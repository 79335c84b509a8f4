"""Users' corrections as training data.

There are two formats: a CSV file with the columns `text,label`; or records, of which those count
that have a correction. Records are an export of the API, as JSON lines or CSV, or a page of
`GET /comments`; their label may also stand in a field `corrected`. Other fields are ignored.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pandas as pd

from training.data import cleaning, exports, labels, split
from training.data.exports import NOT_JSON, Record
from training.errors import DataError

__all__ = ["LISTING", "SOURCE", "WEIGHT", "Feedback", "listing", "merge", "read", "trained_on"]

SOURCE = split.FEEDBACK
"""Value of the column `source` for corrections."""

LISTING = "corrections.csv"
"""The file beside an artifact with the `listing`."""

WEIGHT = 5.0
"""Weight of a correction relative to a row of the public data: a team's hundred corrections should
count among fifty thousand rows about other things, but not outweigh them."""
_ABOUT = ["comment_id", "timestamp", "model"]
"""What exported records say of themselves; empty in other files."""


@dataclass(frozen=True)
class Feedback:
    """What became of the corrections. `used` became rows of the given `weight`, and `measured` are
    held out. Left out were those `uncorrected`, `without_words`, `repeated`, `conflicting` (the
    same words with different labels) and those of `held_out` texts of other sources. `replaced`
    rows of other sources had a correction's words. `models` are the digests of those that gave the
    answers, with the number of their corrections; `since` and `until` are the first and the last
    time of these answers, empty if unknown."""

    weight: float
    used: int
    measured: int
    uncorrected: int
    without_words: int
    repeated: int
    conflicting: int
    held_out: int
    replaced: int
    models: Mapping[str, int] = field(default_factory=dict)
    since: str = ""
    until: str = ""

    def __str__(self) -> str:
        left_out = {
            "uncorrected": self.uncorrected,
            "without words": self.without_words,
            "repeated": self.repeated,
            "conflicting": self.conflicting,
            "of held-out texts": self.held_out,
        }
        reasons = [f"{count} {reason}" for reason, count in left_out.items() if count]
        rest = f"; left out: {', '.join(reasons)}" if reasons else ""
        measured = f", {self.measured} held out and measured" if self.measured else ""
        return f"{self.used} used with weight {self.weight:g}{measured}{rest}"


def read(files: Sequence[Path]) -> pd.DataFrame:
    """The rows of the files: columns text, label (empty for uncorrected records), and comment_id,
    timestamp and model, which are empty unless the file has them. Raises DataError."""
    return pd.concat([_read(path) for path in files], ignore_index=True)


def merge(
    table: pd.DataFrame, corrections: pd.DataFrame, weight: float = WEIGHT
) -> tuple[pd.DataFrame, Feedback]:
    """The cleaned table with the corrections of `read` added and a column `weight`, and what became
    of the corrections.

    A correction replaces rows with the same words. The held-out part of other sources stays as it
    is; a tenth of the corrections is held out as well (see `training.data.split.test_rows`).
    """
    corrections = corrections.reindex(columns=["text", "label", *_ABOUT], fill_value="")
    corrected = corrections[corrections["label"] != ""]
    words = corrected["text"].map(cleaning.loose)
    wordless = int((words == "").sum())
    disagreeing = (corrected.groupby(words)["label"].transform("nunique") > 1) & (words != "")
    rows = cleaning.clean(corrected.assign(source=SOURCE))
    keys = split.near_duplicates(table["words"])
    held_out = split.near_duplicates(rows["words"]).isin(keys[split.test_rows(table)])
    taken = rows[~held_out].assign(weight=weight)
    measured = split.test_rows(taken)
    replaced = table["words"].isin(taken[~measured]["words"])
    merged = pd.concat([table[~replaced].assign(weight=1.0), taken], ignore_index=True)
    models = taken["model"][taken["model"] != ""].value_counts()
    times = sorted(taken["timestamp"][taken["timestamp"] != ""])
    return merged, Feedback(
        weight=weight,
        used=int((~measured).sum()),
        measured=int(measured.sum()),
        uncorrected=len(corrections) - len(corrected),
        without_words=wordless,
        repeated=len(corrected) - wordless - int(disagreeing.sum()) - len(rows),
        conflicting=int(disagreeing.sum()),
        held_out=int(held_out.sum()),
        replaced=int(replaced.sum()),
        models={str(model): int(count) for model, count in models.items()},
        since=times[0] if times else "",
        until=times[-1] if times else "",
    )


def listing(table: pd.DataFrame) -> bytes:
    """The corrections in a merged table as CSV, without their texts: columns comment_id, model,
    label and use (trained or measured). Empty if none has an id."""
    rows = table[table["source"] == SOURCE]
    if rows.empty:
        return b""
    uses = split.test_rows(rows).map({True: "measured", False: "trained"})
    rows = rows.assign(use=uses)[rows["comment_id"] != ""]
    listed = rows[["comment_id", "model", "label", "use"]]
    return b"" if listed.empty else listed.to_csv(index=False).encode()


def trained_on(folder: Path) -> dict[str, str]:
    """The corrections that the artifact in a folder trained on: comment_id → label. Empty if none
    is listed. Raises DataError for a damaged listing."""
    path = folder / LISTING
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
            return {row["comment_id"]: row["label"] for row in rows if row["use"] == "trained"}
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, UnicodeDecodeError, csv.Error):
        raise DataError(f"{path}: not a list of corrections.") from None


def _read(path: Path) -> pd.DataFrame:
    table = _records(path) if _is_json(path) else labels.read_table(path)
    names = ("text", "label")
    if "correction_sentiment" in table:
        # An export of the API as CSV, whose texts spreadsheets must not take for formulas.
        exports.check_end(path)
        table = table.rename(columns={"correction_sentiment": "corrected"})
        texts = table["original_comment"].str.replace(exports.GUARDED, "", regex=True)
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
    about = table.reindex(columns=_ABOUT, fill_value="")
    return about.assign(text=texts, label=classes.where(~empty, ""))


def _is_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from None


class _Page(msgspec.Struct):
    comments: list[Record]


def _records(path: Path) -> pd.DataFrame:
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        records = _decode(content)
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: not a record: {error}.") from None
    except NOT_JSON:
        records = []
        lines = content.splitlines()
        for number, line in enumerate(lines, start=1):
            try:
                read = _decode(line) if line.strip() else []
            except NOT_JSON as error:
                raise DataError(f"{path}: line {number} is not a record: {error}.") from None
            records += read
        if records and len(records) == len([*filter(None, lines)]) and records[0].is_exported:
            exports.check_end(path)
    rows = [
        (each.original_comment, each.label, each.comment_id, each.timestamp, each.model)
        for each in records
    ]
    return pd.DataFrame(rows, columns=["original_comment", "corrected", *_ABOUT])


def _decode(content: bytes) -> list[Record]:
    """The records of a page, or the one record."""
    decoded = msgspec.json.decode(content)
    if isinstance(decoded, dict) and "comments" in decoded:
        return msgspec.convert(decoded, _Page).comments
    return [msgspec.convert(decoded, Record)]
