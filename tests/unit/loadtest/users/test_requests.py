"""What users send."""

from __future__ import annotations

import itertools
import subprocess
import sys

from loadtest.users import requests


def test_no_comment_comes_twice_in_a_run() -> None:
    texts = ["one", "two", "three"]
    drawn = [
        text
        for worker in range(2)
        for text in itertools.islice(requests.comments(texts, "run", worker, 2), 10)
    ]
    assert len(set(drawn)) == 20
    assert {text.split()[0] for text in drawn[:10]} == {"one", "three"}
    assert {text.split()[0] for text in drawn[10:]} == {"two"}


def test_more_workers_than_texts_have_texts() -> None:
    assert next(requests.comments(["one"], "run", 3, 4)).startswith("one ")


def test_the_commands_do_not_import_locust() -> None:
    """It patches the standard library, which other load tests need as it is."""
    code = "import sys, loadtest.__main__; print({'gevent', 'locust'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
