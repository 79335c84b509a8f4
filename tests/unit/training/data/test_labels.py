"""Labels and CSV files: valid ones are read, others are reported in one line."""

from pathlib import Path

import pandas as pd
import pytest

from training.data.labels import read_csv, to_classes
from training.errors import DataError


def test_labels_become_classes() -> None:
    labels = pd.Series(["0", "1", " Positive", "NEUTRAL", "negative"])
    expected = ["negative", "positive", "positive", "neutral", "negative"]
    assert to_classes(labels, "x").tolist() == expected
    assert to_classes(pd.Series([0, 1]), "x").tolist() == ["negative", "positive"]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes('\ufeffid,label,text\n1,1,"good, really"\n2,0,NA\n'.encode())
    table = read_csv(path)
    assert table.to_dict("list") == {
        "text": ["good, really", "NA"],
        "label": ["positive", "negative"],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"text,label\n", "no rows"),
        (b"text\ngood\n", "no column 'label'"),
        (b"a;b\n1;2\n", "no column 'text'"),
        (b"text,label\ngood,1\nso so,2\n", r"label '2' \(row 2\)"),
        (b"text,label\ngood,1\nfine,1\n", "every row is positive"),
        (b"text,label\ngood,1\ncaf\xe9,0\n", "not UTF-8"),
        (b'text,label\n"good,1\nbad,0\n', "CSV"),
        (b"text,label\ngood,1\na,b,c,d\n", "CSV"),
        (b"text,label\nGood, loved it,1\nBad, hated it,0\n", "quote texts with commas"),
    ],
)
def test_an_invalid_file_is_reported_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_csv(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(DataError, match="CSV"):
        read_csv(tmp_path)
