"""Bodies of Comprehend's clients: what is read, and what is refused before it costs anything."""

from __future__ import annotations

import cbor2
import pytest

from gateway.http.comprehend.protocols import CBOR, JSON
from problem_details import Problem

ASKED = {"TextList": ["good", "👍"], "LanguageCode": "en"}
NUMBER = b"\xc2\x58\x40" + b"\xff" * 64
"""2 ** 512 - 1"""


def test_a_request_is_read() -> None:
    assert CBOR.decode(cbor2.dumps(ASKED)) == ASKED
    # Lengths may be left open.
    assert CBOR.decode(b"\xbf\x64Text\x7f\x62go\x62od\xff\xff") == {"Text": "good"}


@pytest.mark.parametrize("tag", [*range(300), 1_000, 43_000, 55_799, 2**16, 2**32, 2**64 - 1])
def test_every_tag_is_refused(tag: int) -> None:
    """What a tag stands for has no bound: a regular expression, a number of any size."""
    head = b"\xdb" + tag.to_bytes(8, "big")
    for value in (b"\x61a", b"\x82\x00\x00", b"\x41a", b"\x00"):
        with pytest.raises(cbor2.CBORDecodeError, match="error decoding"):
            CBOR.decode(b"\xa1\x64Text" + head + value)


@pytest.mark.parametrize(
    "body",
    [
        NUMBER,
        b"\x81" * 9 + b"\x00",
        b"\xa2\x64Text\x61a\x64Text\x61b",
        b"\xa1\x00\x61a",
        b"\xa1\xfb" + b"\x00" * 8 + b"\x61a",
    ],
    ids=["large number", "deep", "key twice", "number as key", "fraction as key"],
)
def test_what_the_shapes_do_not_need_is_refused(body: bytes) -> None:
    with pytest.raises(cbor2.CBORDecodeError):
        CBOR.decode(body)


def test_a_name_that_is_given_twice_is_refused() -> None:
    assert JSON.decode(b'{"Text": "a", "LanguageCode": "en"}') == {
        "Text": "a",
        "LanguageCode": "en",
    }
    with pytest.raises(Problem, match="Text: is given twice"):
        JSON.decode(b'{"Text": "a", "Text": "b", "LanguageCode": "en"}')
