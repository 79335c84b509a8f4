"""The body of a batch: read in one go, or comment by comment where something may be wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.routes import batch_body
from gateway.http.routes.batch_body import BatchComment, decode
from problem_details import Problem

TEXT = st.text(st.sampled_from('a\\"é\t'), min_size=1, max_size=6)
MEMBERS = st.lists(
    st.tuples(st.sampled_from(["comment", "idempotency_key", "score"]), TEXT),
    min_size=1,
    max_size=3,
)


def batch(*comments: str) -> bytes:
    return f'{{"comments":[{",".join(comments)}]}}'.encode()


def fields(body: bytes) -> list[object]:
    """The comments, and the fields of problems."""
    return [
        each if isinstance(each, BatchComment) else [error.field for error in each.errors]
        for each in decode(body)
    ]


@given(st.lists(MEMBERS, min_size=1, max_size=3))
def test_both_ways_read_the_same(comments: list[list[tuple[str, str]]]) -> None:
    body = batch(
        *(
            f"{{{','.join(f'{json.dumps(name)}:{json.dumps(text)}' for name, text in members)}}}"
            for members in comments
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_body, "_decode_whole", lambda _body: None)
        one_by_one = fields(body)
    assert fields(body) == one_by_one


def test_a_plain_batch_is_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(batch_body, "_split")
    body = batch('{"comment":"say \\"hi\\""}', '{"comment":"b","idempotency_key":"k"}')
    assert decode(body) == [BatchComment('say "hi"'), BatchComment("b", "k")]


ENDS_WITH_A_BACKSLASH = '{"comment":"a\\\\"}'


def test_backslashes_hide_no_second_name() -> None:
    # As many quotes seem to be escaped as the second name and its string have.
    twice = '{"comment":"a\\\\","comment":"b\\\\"}'
    body = batch(twice, ENDS_WITH_A_BACKSLASH, ENDS_WITH_A_BACKSLASH)
    assert fields(body) == [["comment"], *[BatchComment("a\\")] * 2]


def test_backslashes_hide_no_second_list() -> None:
    comments = ",".join([ENDS_WITH_A_BACKSLASH] * 6)
    body = f'{{"comments":[{{"comment":"a"}}],"comments":[{comments}]}}'.encode()
    with pytest.raises(Problem, match="is given twice"):
        decode(body)
