"""The guide and the Makefile say of `python -m k8s.deploy` what its code does."""

from __future__ import annotations

import re

import click
import pytest

from k8s.deploy import __main__ as program
from k8s.deploy import options
from k8s.deploy.cluster import lease
from k8s.deploy.cluster.overlay import SHIPPED
from k8s.doctor import outside
from tests.documentation import ROOT

GUIDE = (ROOT / "k8s/MODELS.md").read_text()
COMMANDS = {"deploy": program.model, "rollback": program.back}
# They have no place in a Makefile: the folders are those of this working tree.
WITHOUT_VARIABLE = {"--artifact", "--work"}
# Given by the environment, which make passes on.
BY_ENVIRONMENT = {"--load"}


@pytest.mark.parametrize(
    "said",
    [
        f"the newest {options.REPLAYED:,} recorded comments",
        f"`MAX_CHANGED={options.MAX_CHANGED}`",
        f"on this machine it means `{options.LOCAL}`",
        f"which ends {lease.SECONDS:.0f} seconds after",
        f"by the Lease `{lease.NAME}`",
        f"{ {10: 'ten'}[outside.MODEL_ANSWERS] } answers in turn",
        f"`{options.WORK.relative_to(ROOT)}/replay.html`",
    ],
)
def test_the_guide_has_the_defaults(said: str) -> None:
    assert said in GUIDE


def test_the_guide_names_the_overlays_that_are_not_changed() -> None:
    [names] = re.findall(r"The overlays of this repository \((.*?)\) are not changed", GUIDE)
    assert {*re.findall(r"`(\w+)`", names)} == SHIPPED


@pytest.mark.parametrize("target", COMMANDS)
def test_make_passes_each_option(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    [recipe] = re.findall(rf"(?m)^{target}: .*\n((?:\t.*\n(?: .*\n)*)+)", makefile)
    [where] = re.findall(r"(?m)^WHERE = ((?:.*\\\n)*.*)$", makefile)
    passed = {*re.findall(r"--[a-z-]+", recipe.replace("$(WHERE)", where))}
    parameters = COMMANDS[target].params
    known = {each.opts[0] for each in parameters if isinstance(each, click.Option)}
    assert passed == known - WITHOUT_VARIABLE - BY_ENVIRONMENT
