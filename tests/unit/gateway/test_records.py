from __future__ import annotations

import datetime as dt
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import records
from gateway.errors import InvalidInputError
from gateway.records import KEY_PATTERN, MODEL_PATTERN, Entry, NewComment, Record, utc_now
from tests.support.records import a_record, an_entry

decode = msgspec.json.Decoder(NewComment).decode


def body(comment: str) -> bytes:
    return msgspec.json.encode({"comment": comment})


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_comment_is_taken_just_as_it_is_or_is_blank(comment: str) -> None:
    blank = not any(c.isprintable() and not c.isspace() for c in comment)
    if blank:
        with pytest.raises(InvalidInputError, match="must not be blank"):
            decode(body(comment))
    else:
        assert decode(body(comment)).comment == comment


def test_its_length_is_counted_in_code_points() -> None:
    longest = "\N{GRINNING FACE}" * records.COMMENT_MAX_CHARACTERS
    assert decode(body(longest)).comment == longest
    for comment in (longest + "x", ""):
        with pytest.raises(msgspec.ValidationError):
            decode(body(comment))


def test_a_nul_is_named() -> None:
    with pytest.raises(InvalidInputError, match="NUL"):
        decode(body("a\0b"))


def test_the_record_has_the_keys_that_users_know() -> None:
    assert list(msgspec.structs.asdict(a_record()))[:6] == [
        "comment_id",
        "timestamp",
        "original_comment",
        "sentiment",
        "score",
        "confidence",
    ]
    assert msgspec.json.decode(msgspec.json.encode(a_record("é")), type=Record).score == "0.9000"


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_an_entry_ends_when_it_says(end: int, now: float) -> None:
    assert an_entry(expires_at=end).expired(now) == (end <= now)
    assert not Entry(a_record()).expired(now)


def test_the_time_is_utc_with_milliseconds() -> None:
    before = dt.datetime.now(dt.UTC)
    text = utc_now()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert abs(dt.datetime.fromisoformat(text) - before) < dt.timedelta(minutes=1)


@given(st.from_regex(re.compile(KEY_PATTERN, re.ASCII), fullmatch=True))
def test_a_key_survives_a_header(key: str) -> None:
    assert key == key.strip()
    assert key.isascii()
    assert key.isprintable()


@pytest.mark.parametrize("key", ["", " a", "a ", "a\tb", "a\n", "é"])
def test_a_key_that_a_header_would_change_is_none(key: str) -> None:
    assert not re.search(KEY_PATTERN, key)


def test_a_digest_ends_with_its_last_digit() -> None:
    digest = f"sha256:{'0' * 64}"
    assert re.search(MODEL_PATTERN, digest)
    for other in (f"{digest}\n", f"{digest}0", f" {digest}", digest.upper()):
        assert not re.search(MODEL_PATTERN, other)
