"""CPU time."""

import doctest

from loadtest.harness import cpu


def test_the_examples_hold() -> None:
    assert doctest.testmod(cpu).failed == 0
