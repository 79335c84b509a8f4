"""Labels, and labelled tables from CSV files."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bento.model.model import CLASSES
from training.errors import DataError

__all__ = ["UnclosedQuoteError", "check_columns", "read_csv", "read_table", "to_classes"]


class UnclosedQuoteError(DataError):
    """A CSV file ends within a quoted text."""


_NAMES: dict[str, str] = dict(zip(CLASSES, CLASSES, strict=True))
_NAMES |= {"0": "negative", "1": "positive"}


def to_classes(labels: pd.Series, origin: str) -> pd.Series:
    """Labels 0/1 or negative/neutral/positive (any case) as class names.

    Raises DataError for any other label; it names the label and `origin`.
    """
    names = labels.astype(str).str.strip().str.lower()
    classes = names.map(_NAMES)
    if classes.isna().any():
        row = int(classes.isna().to_numpy().argmax())
        raise DataError(
            f"{origin}: the label {names.iloc[row]!r} (row {row + 1}) is not one of 0, 1, "
            "negative, neutral, positive."
        )
    return classes


def read_csv(path: Path, also: Sequence[str] = ()) -> pd.DataFrame:
    """The columns `text` (str), `label` (class names) and those of `also` of a CSV file; others are
    ignored.

    Raises DataError if the file is missing, empty, not UTF-8 or not CSV, lacks a column, has an
    unknown label, or has only one class.
    """
    table = read_table(path)
    check_columns(table, ("text", "label", *also), path)
    table = table[["text", "label", *also]].assign(
        label=to_classes(table["label"], origin=str(path))
    )
    if table["label"].nunique() == 1:
        raise DataError(
            f"{path}: every row is {table['label'].iloc[0]}; at least two classes are needed."
        )
    return table


def read_table(path: Path) -> pd.DataFrame:
    """The columns of a CSV file, as strings. Raises DataError if it is missing, empty, not UTF-8 or
    not CSV."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    except pd.errors.EmptyDataError:
        raise DataError(f"{path}: the file is empty.") from None
    except (pd.errors.ParserError, OSError) as error:
        reason = " ".join(str(error).split())
        kind = UnclosedQuoteError if "EOF inside string" in reason else DataError
        raise kind(f"{path}: cannot be read as CSV: {reason}.") from None
    # pandas takes fields in excess of the header for an index.
    if not isinstance(table.index, pd.RangeIndex):
        raise DataError(f"{path}: rows have more fields than the header; quote texts with commas.")
    return table


def check_columns(table: pd.DataFrame, required: Sequence[str], path: Path) -> None:
    """Raises DataError if a column is missing or there are no rows."""
    for column in required:
        if column not in table:
            columns = ", ".join(map(str, table.columns))
            raise DataError(f"{path}: no column {column!r}; its columns are: {columns}.")
    if table.empty:
        raise DataError(f"{path}: no rows.")
