from __future__ import annotations

from pathlib import Path

import pytest

from gateway.importing import rows
from gateway.importing.rows import ImportFailedError, Row, read_rows


def read(path: Path, content: str) -> list[Row]:
    path.write_text(content, encoding="utf-8")
    return list(read_rows(path, "comment", json_lines=path.suffix == ".jsonl"))


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ("{broken", "not JSON"),
        ('{"comment": null}', "no text comment"),
        ('{"body": "good"}', "no text comment"),
        ('["good"]', "no text comment"),
        ('{"comment": "good", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested"),
        ('{"comment": "cut \\ud83d"}', "surrogate"),
        ('{"comment": "' + "x" * 5_001 + '"}', "5,001 characters, more than 5,000"),
        ('{"comment": "' + "x" * 30_000 + '"}', "line of more than 20,000"),
    ],
)
def test_an_odd_line_is_a_row_with_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, reason: str
) -> None:
    if "20,000" in reason:
        monkeypatch.setattr(rows, "MAX_CHARACTERS", 20_000)
    content = f'{{"comment": "first"}}\n\n{odd}\n{{"comment": "last"}}\n'
    first, row, last = read(tmp_path / "own.jsonl", content)
    assert (first, last) == (Row(1, "first"), Row(3, "last"))
    assert row.number == 2
    assert reason in row.fault
    assert not row.text.endswith("\n")


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ("1,good, but expensive", "has 3 cells, but the header has 2"),
        (f'1,"{"y" * 300_000}"', "field larger"),
        (f"1,{'y' * 5_001}", "more than 5,000"),
    ],
)
def test_an_odd_row_of_csv_has_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, reason: str
) -> None:
    monkeypatch.setattr(rows, "MAX_CHARACTERS", 200_000)
    first, row, last = read(tmp_path / "own.csv", f"id,comment\n0,first,\n{odd}\n\n2,last\n")
    assert (first, last) == (Row(1, "first"), Row(3, "last"))
    assert reason in row.fault


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("own.csv", b"id,comment\n\xff,first\n1,caf\xe9\n2,last\n"),
        (
            "own.jsonl",
            b'{"comment": "first"}\n{"comment": "caf\xe9"}\n{"comment": "last"}\n',
        ),
    ],
)
def test_a_row_in_another_encoding_has_a_fault(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    is_json = path.suffix == ".jsonl"
    first, row, last = read_rows(path, "comment", json_lines=is_json)
    assert (first, last) == (Row(1, "first"), Row(3, "last"))
    assert "is not utf-8" in row.fault
    assert "--encoding" in row.fault
    assert "caf\\xe9" in row.text
    rows_read = read_rows(path, "comment", json_lines=is_json, encoding="latin-1")
    assert [row.text for row in rows_read] == ["first", "café", "last"]


def test_a_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("comment\nça va 😀\n", encoding="utf-16")
    [row] = read_rows(path, "comment", json_lines=False, encoding="utf-16")
    assert row == Row(1, "ça va 😀")
    with pytest.raises(ImportFailedError, match="--encoding"):
        list(read_rows(path, "comment", json_lines=False))


def test_rows_after_a_missing_quote_are_not_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_CHARACTERS", 1_000)
    with pytest.raises(ImportFailedError, match=r"line 3: .*; is a quote missing\?"):
        read(tmp_path / "own.csv", 'comment\ngood\n"bad\n' + "more\n" * 1_000)


def test_a_quote_that_is_never_closed_ends_the_import(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match=r"line 3: .*; is a quote missing\?"):
        read(tmp_path / "own.csv", 'comment\ngood\n"bad\nmore\nand more\n')


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("own.json", '[{"comment": "good"},\n{"comment": "bad"}]', "is one JSON array.* jq"),
        ("own.json", '\n [\n{"comment": "good"}]', "is one JSON array"),
        (
            "own.csv",
            "id;comment\n1;good\n",
            "its columns are: id;comment .* --delimiter takes another.$",
        ),
        (
            "own.csv",
            "id\tcomment\n1\tgood\n",
            "columns are: id\tcomment .* --delimiter takes another.$",
        ),
    ],
)
def test_a_file_of_another_form_is_told_apart(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ImportFailedError, match=reason):
        list(read_rows(path, "comment", json_lines=path.suffix == ".json"))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_cells_may_have_another_delimiter(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f'id{delimiter}comment\n1{delimiter}"good, really"\n')
    [row] = read_rows(path, "comment", json_lines=False, delimiter=delimiter)
    assert row.text == "good, really"


def test_a_column_must_have_one_meaning(tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="more than one column comment"):
        read(tmp_path / "own.csv", "comment,comment\ngood,bad\n")
