"""A result is shown and drawn with its misses, and with answers only where there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtest import publish
from loadtest.reporting import result as results
from loadtest.simulate.result import (
    BENTO_CORES,
    GATEWAY_CORES,
    KIND,
    KNEE,
    P50,
    Check,
    Scaling,
    Simulation,
)
from loadtest.simulate.world import Costs

COSTS = Costs(1e-4, 2e-4, 3e-5, 4e-4, 0.002)
SCALING = [Scaling(name, {1: 1_000.0, 2: 1_999.0}) for name in ("gateways and Bentos", "one Bento")]


@pytest.mark.parametrize(
    ("knee", "scaling", "expected"),
    [
        (2_200.0, SCALING, ["+10%", "1,999"]),
        (3_000.0, [], ["+50% ✗", "no answers: of the figures that they follow from, 1 were off"]),
    ],
)
def test_a_result_is_shown_and_drawn(
    knee: float,
    scaling: list[Scaling],
    expected: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = Simulation(
        **results.about(),
        kind=KIND,
        seconds=4,
        costs={"SQLite": COSTS, "DynamoDB Local": COSTS},
        checks=[
            *(
                Check(store, name, 400.0, [0.1, 0.2], [0.15])
                for store in ("SQLite", "DynamoDB Local")
                for name in (GATEWAY_CORES, BENTO_CORES)
            ),
            Check("SQLite", P50, 400.0, [4.0, 5.0, 9.0], [3.0]),
            Check("SQLite", KNEE, 2_000.0, [2_000.0], [knee]),
        ],
        background_cores=0.1,
        scaling=scaling,
    )
    file = results.save(result, tmp_path)
    publish.redraw(file)
    printed = " ".join(capsys.readouterr().out.split())
    for text in [*expected, "5 (4–9)", "-40% ✗"]:
        assert text in printed
    assert file.with_suffix(".svg").exists()
