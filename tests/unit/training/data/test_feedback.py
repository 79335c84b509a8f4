"""Corrections: both formats, what is left out, and errors in one line."""

import json
from pathlib import Path

import pandas as pd
import pytest

from gateway.ledger.cells import guard
from tests.support.sentences import sentences
from training.data import cleaning, feedback, split
from training.errors import DataError

RECORD = {"comment_id": "a1b2", "sentiment": "positive", "score": "0.9", "confidence": "high"}


EXPORT = "".join(
    json.dumps({**RECORD, "original_comment": text} | correction) + "\n"
    for text, correction in (
        ("solid work", {"correction": {"sentiment": "positive", "note": "dry"}}),
        ("meh", {"correction": {"sentiment": "neutral", "note": ""}}),
        ("I love it", {}),
    )
)
EXPORT_CSV = (
    "comment_id,original_comment,sentiment,correction_sentiment,correction_note\n"
    "1,solid work,negative,positive,dry\n2,meh,positive,neutral,\n3,I love it,positive,,\n\n"
)


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def lines(*records: tuple[str, str | None]) -> str:
    return "".join(
        json.dumps({**RECORD, "original_comment": text, "corrected": label}) + "\n"
        for text, label in records
    )


def exported(records: int) -> str:
    """An export of corrected records, each with another first word."""
    return (
        "".join(
            json.dumps(
                {
                    **RECORD,
                    "comment_id": f"id-{n}",
                    "timestamp": f"2025-10-{n % 28 + 1:02}T00:00:00.000Z",
                    "model": f"sha256:{n % 2}",
                    "original_comment": f"number{n} is fine",
                    "correction": {"sentiment": "positive"},
                }
            )
            + "\n"
            for n in range(records)
        )
        + "\n"
    )


def page(*records: tuple[str, str | None], indent: int | None = None) -> str:
    """A page of GET /comments; uncorrected records have no field `corrected`."""
    comments = [
        {**RECORD, "original_comment": text} | ({"corrected": label} if label else {})
        for text, label in records
    ]
    return json.dumps({"comments": comments, "next_cursor": "MjAyNS0x"}, indent=indent)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("export.jsonl", EXPORT),
        ("export.csv", EXPORT_CSV),
        ("a.csv", "text,label\nsolid work,1\nmeh,Neutral\n"),
        ("b.csv", "comment_id,original_comment,corrected\n1,solid work,positive\n2,meh,neutral\n"),
        ("c.jsonl", lines(("solid work", "positive"), ("meh", "neutral"))),
        ("page.json", page(("solid work", "positive"), ("meh", "neutral"), ("fine", None))),
        ("pages.jsonl", page(("solid work", "positive")) + "\n" + page(("meh", "neutral"))),
        ("pretty.json", page(("solid work", "positive"), ("meh", "neutral"), indent=2)),
        ("d.csv", "\ufefftext,label\nsolid work,1\nmeh,Neutral\n"),
        ("e.jsonl", "\ufeff\n" + lines(("solid work", "positive"), ("meh", "neutral"))),
    ],
)
def test_every_format_is_read(tmp_path: Path, name: str, content: str) -> None:
    rows = feedback.read([write(tmp_path, name, content)])
    assert rows[rows["label"] != ""][["text", "label"]].to_dict("list") == {
        "text": ["solid work", "meh"],
        "label": ["positive", "neutral"],
    }


def test_one_class_is_enough(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "text,label\nsolid work,1\n")
    assert feedback.read([path])["label"].tolist() == ["positive"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label\nmeh,7\n", "the label '7' (row 1) is not one of"),
        ("a.csv", "comment,label\nmeh,1\n", "no column 'text'; its columns are: comment, label."),
        (
            "a.csv",
            "original_comment\nmeh\n",
            "no column 'corrected'; its columns are: original_comment.",
        ),
        ("a.csv", "text,label\n", "no rows."),
        ("a.csv", "text,label\nmeh,\n", "the label '' (row 1) is not one of"),
        ("a.csv", "", "the file is empty."),
        ("a.csv", "original_comment,corrected\nmeh,\n", "no record has a value in 'corrected'."),
        ("a.jsonl", lines(("a", None), ("b", "good")), "the label 'good' (row 2) is not one of"),
        ("a.jsonl", lines(("a", None)), "no record has a value in 'corrected'."),
        ("a.jsonl", lines(("a", "0")) + "{", "line 2 is not a record"),
        ("a.jsonl", '{"comment_id": "1"}', "not a record"),
        ("a.jsonl", '{}\n{"comment_id": "1"}', "line 1 is not a record"),
        ("a.json", page(("a", None)), "no record has a value in 'corrected'."),
        ("a.json", page(("a", "good"), indent=2), "the label 'good' (row 1) is not one of"),
        ("a.json", '{"comments": [], "next_cursor": null}', "no rows."),
        ("a.json", '{"comments": [{}]}', "not a record: Object missing required field"),
        ("a.json", page(("a", "0"))[:-1], "line 1 is not a record"),
        ("a.jsonl", "[]", "not a record"),
        ("a.jsonl", exported(2).removesuffix("\n"), "the export was cut off: a complete one ends"),
        ("a.csv", EXPORT_CSV.removesuffix("\n"), "the export was cut off: a complete one ends"),
    ],
)
def test_errors_are_reported_in_one_line(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        feedback.read([path])
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_missing_files_and_invalid_encodings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        feedback.read([tmp_path / "none.csv"])
    for name, content in (("a.csv", b"text,label\n\xff,1\n"), ("a.jsonl", b'{"\xff": 1}')):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError):
            feedback.read([tmp_path / name])


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr(split, "HELD_OUT", {"imdb": 20, "tweets": 0.1})
    return sentences()


def given(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["text", "label"])


def test_corrections_become_weighted_rows(table: pd.DataFrame) -> None:
    merged, result = feedback.merge(table, given(("Solid work", "positive")), 7)
    assert merged["weight"].tolist() == [1.0] * len(table) + [7.0]
    assert merged.iloc[-1][["text", "label", "source", "words"]].tolist() == [
        "Solid work",
        "positive",
        "feedback",
        "solid work",
    ]
    assert str(result) == "1 used with weight 7"


def test_held_out_texts_are_left_out_and_the_held_out_part_is_unchanged(
    table: pd.DataFrame,
) -> None:
    before = table[split.test_rows(table)]["text"].tolist()
    rows = [(f"{text}!!!", "neutral") for text in before[:3]]
    merged, result = feedback.merge(table, given(*rows, ("Solid work", "positive")))
    assert (result.used, result.held_out) == (1, 3)
    assert merged[split.test_rows(merged)]["text"].tolist() == before


def test_a_correction_replaces_rows_with_the_same_words(table: pd.DataFrame) -> None:
    known = table[split.training_rows(table)].iloc[0]
    merged, result = feedback.merge(table, given((known["text"].upper(), "neutral")))
    assert result.replaced == 1
    assert merged[merged["words"] == known["words"]]["label"].tolist() == ["neutral"]


def test_unused_corrections_are_counted(table: pd.DataFrame) -> None:
    rows = given(
        ("So so", "positive"),
        ("so so!", "negative"),
        ("...", "neutral"),
        ("Solid work", "positive"),
        ("solid WORK", "positive"),
        ("never corrected", ""),
    )
    merged, result = feedback.merge(table, rows)
    assert (merged["source"] == feedback.SOURCE).sum() == result.used == 1
    assert result.conflicting == 2
    assert (result.without_words, result.repeated, result.uncorrected) == (1, 1, 1)
    assert str(result).endswith(
        "left out: 1 uncorrected, 1 without words, 1 repeated, 2 conflicting"
    )


def test_corrections_are_cleaned(table: pd.DataFrame) -> None:
    merged, _ = feedback.merge(table, given(("caf\u00c3\u00a9 closed", "neutral")))
    assert merged["text"].iloc[-1] == "café closed"
    assert merged["words"].iloc[-1] == cleaning.loose("café closed")


def test_the_guard_against_formulas_is_taken_off(tmp_path: Path) -> None:
    texts = ["=great value", "'tis fine", "'=fine", "''-5", "''"]
    rows = "".join(f"{guard(text)},positive\n" for text in texts)
    csv = f"original_comment,correction_sentiment\n{rows}\n"
    table = feedback.read([write(tmp_path, "export.csv", csv)])
    assert list(table["text"]) == texts


def test_a_tenth_is_held_out_and_never_moves(table: pd.DataFrame, tmp_path: Path) -> None:
    few, many = (
        feedback.merge(table, feedback.read([write(tmp_path, f"{n}.jsonl", exported(n))]))
        for n in (100, 300)
    )
    held_out = [
        set(merged[split.test_rows(merged) & (merged["source"] == feedback.SOURCE)]["text"])
        for merged, _ in (few, many)
    ]
    assert held_out[0] == {text for text in held_out[1] if int(text.split()[0][6:]) < 100}
    assert 20 < many[1].measured == len(held_out[1]) < 40
    assert many[1].used + many[1].measured == 300
    assert f", {many[1].measured} held out and measured" in str(many[1])
    assert many[1].models == {"sha256:0": 150, "sha256:1": 150}
    assert many[1].since == "2025-10-01T00:00:00.000Z"
    assert many[1].until == "2025-10-28T00:00:00.000Z"
    listed = feedback.listing(many[0]).decode().splitlines()
    assert listed[:2] == ["comment_id,model,label,use", "id-0,sha256:0,positive,trained"]
    assert sum(line.endswith(",measured") for line in listed) == many[1].measured
    assert len(listed) == 301
    (tmp_path / feedback.LISTING).write_bytes(feedback.listing(many[0]))
    assert len(feedback.trained_on(tmp_path)) == many[1].used


def test_corrections_without_ids_are_not_listed(table: pd.DataFrame) -> None:
    assert feedback.listing(feedback.merge(table, given(("Solid work", "positive")))[0]) == b""
    assert feedback.listing(table) == b""
