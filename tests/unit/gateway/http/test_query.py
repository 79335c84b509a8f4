from __future__ import annotations

import msgspec
import pytest

from gateway.http import query
from problem_details import Problem


class Query(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    explain: bool = False


@pytest.mark.parametrize(("text", "explain"), [("", False), ("explain=true", True)])
def test_a_good_query(text: str, explain: bool) -> None:
    assert query.read(text, Query).explain is explain


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("explain=true&explain=true", "explain"),
        ("explain=", "explain"),
        ("explain=2", "explain"),
        ("other=1", "other"),
        ("other", "other"),
        ("a" * 1_000 + "=1&" + "b=1", "a" * 100),
        ("a" * (query.QUERY_MAX_BYTES + 1), "query"),
    ],
)
def test_a_bad_query_is_refused(text: str, field: str) -> None:
    with pytest.raises(Problem) as refused:
        query.read(text, Query)
    assert refused.value.status == 422
    assert refused.value.errors[0].field == field


def test_as_many_parameters_as_a_query_can_have_are_parsed_once_each() -> None:
    text = "&".join(f"{number:x}" for number in range(250))
    assert len(query.parse(text)) == 250
