"""Limits that processes must agree on, although they share only HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

import bento.problems
import bento.requests
import gateway
from gateway.model.transport import MAX_CHARACTERS, MAX_TEXTS
from gateway.records import COMMENT_MAX_CHARACTERS
from gateway.settings import Settings
from loadtest.harness import texts

PAGE = Path(gateway.__file__).parent / "http/page"


def constant_of_page(module: str, name: str) -> int:
    text = (PAGE / module).read_text()
    match = re.search(rf"^const {name} = ([\d_]+);", text, re.MULTILINE)
    assert match
    return int(match[1])


def test_the_longest_comment_is_the_same_everywhere() -> None:
    assert constant_of_page("posting.js", "COMMENT_MAX_CHARACTERS") == COMMENT_MAX_CHARACTERS
    assert texts.COMMENT_MAX_CHARACTERS == COMMENT_MAX_CHARACTERS


def test_the_page_waits_longer_than_the_gateway() -> None:
    timeout = constant_of_page("api.js", "REQUEST_TIMEOUT_MS")
    assert timeout > 1_000 * Settings().gateway_request_seconds


def test_the_bento_takes_a_full_batch_of_comments() -> None:
    assert MAX_TEXTS <= bento.requests.MAX_TEXTS
    # No character takes more JSON than a control character, or more UTF-8 than an emoji.
    batch = ["\x01" * (MAX_CHARACTERS // MAX_TEXTS)] * MAX_TEXTS
    assert MAX_CHARACTERS >= COMMENT_MAX_CHARACTERS
    assert len(msgspec.json.encode({"texts": batch})) <= bento.problems.BODY_MAX_BYTES
    assert len(("\N{GRINNING FACE}" * COMMENT_MAX_CHARACTERS).encode()) <= (
        bento.requests.TEXT_MAX_BYTES
    )
