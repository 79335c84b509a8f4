"""What wrk prints becomes figures."""

from __future__ import annotations

import pytest

from loadtest.errors import LoadTestError
from loadtest.harness import wrk

PRINTED = """Running 1s test @ http://127.0.0.1:8000/comments
  1 threads and 2 connections
{result}
"""
RESULT = '{"requests":110,"seconds":2.0,"errors":10,"p50_ms":1.5,"p90_ms":2.5,"p99_ms":9.25}'


def test_the_last_line_is_the_result() -> None:
    sample = wrk.parse(PRINTED.format(result=RESULT))
    assert (sample.requests, sample.errors, sample.p99_ms) == (110, 10, 9.25)


def test_only_good_answers_count_for_the_rate() -> None:
    assert wrk.parse(RESULT).rate == 50


@pytest.mark.parametrize("output", ["", "unable to connect to 127.0.0.1:1", '{"requests":1}'])
def test_without_a_result_it_says_so(output: str) -> None:
    with pytest.raises(LoadTestError, match="without a result"):
        wrk.parse(output)


def test_without_wrk_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LoadTestError, match="apt install wrk"):
        wrk.check()
