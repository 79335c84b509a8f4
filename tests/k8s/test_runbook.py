"""Each alert leads to its section of the runbook, which has all parts that a tired person needs."""

from __future__ import annotations

import re

import pytest

from gateway.errors import UnavailableError
from gateway.http import problems
from k8s.monitoring.__main__ import runbook
from k8s.monitoring.alerts import GROUPS
from tests.documentation import ROOT, Document
from tests.k8s.manifests import Objects
from tests.k8s.rendering import objects
from tests.support.boards import queries

FILE = Document(ROOT / "k8s" / "RUNBOOK.md")
PARTS = (
    "**Users notice:**",
    "**Confirm**",
    "**Likely causes, in order:**",
    "**Do:**",
    "**It is over when**",
)
ALERTS = sorted({rule["alert"] for group in GROUPS.values() for rule in group if "alert" in rule})
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", FILE.text, re.DOTALL | re.MULTILINE))


def test_there_is_a_section_for_each_alert_and_no_other() -> None:
    assert sorted(SECTIONS) == ALERTS


@pytest.mark.parametrize("alert", ALERTS)
def test_a_section_has_all_parts_and_two_commands(alert: str) -> None:
    text = SECTIONS[alert]
    places = [text.index(part) for part in (part.removesuffix("**") for part in PARTS)]
    assert places == sorted(places)
    assert [text.count(part.removesuffix("**")) for part in PARTS] == [1] * len(PARTS)
    confirm, causes = text[places[1] : places[2]], text[places[2] : places[3]]
    assert len(re.findall(r"^\$ ", confirm, re.MULTILINE)) == 2
    numbers = [int(number) for number in re.findall(r"^(\d)\. ", causes, re.MULTILINE)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(numbers) >= 3


def test_an_alert_leads_to_its_section() -> None:
    [item] = Objects(objects("everything")).of("PrometheusRule")
    rules = [rule for group in item["spec"]["groups"] for rule in group["rules"] if "alert" in rule]
    for rule in rules:
        address, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert address == runbook()
        assert anchor in FILE.anchors
        assert anchor == rule["alert"].lower()


def test_errors_are_found_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    commands = re.findall(r"grep -o?E '([^']+)'", FILE.text)
    patterns = [pattern for pattern in commands if "answered with" in pattern]
    assert len(patterns) == 3
    for error in (UnavailableError("a reason of this test"), ZeroDivisionError()):
        problems.from_error(error)
        assert all(re.search(pattern, caplog.messages[-1]) for pattern in patterns)


def test_panels_that_it_names_exist() -> None:
    panels = {query.panel for query in queries()}
    named = {*re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", FILE.prose)}
    named -= {"Valence: Service", "Valence: Model", "token: unknown", "expired"}
    assert named
    assert {name for name in named if not any(panel.startswith(name) for panel in panels)} == set()


def test_its_pods_and_objects_exist() -> None:
    known = Objects(objects("everything"))
    for name in re.findall(r"app\.kubernetes\.io/name=(\w+)", FILE.text):
        assert known.pods("valence", {"matchLabels": {"app.kubernetes.io/name": name}})
    for name in re.findall(r"deployment/(\w+)", FILE.text):
        assert known.find("Deployment", name, "valence")
    assert known.find("Ingress", "valence", "valence")
    assert known.find("HorizontalPodAutoscaler", "bento", "valence")


def test_the_log_says_what_is_searched_for() -> None:
    source = "".join(
        (ROOT / "gateway" / name).read_text()
        for name in ("health/dependency.py", "health/readiness.py", "http/problems.py")
    )
    for text in ("the %s is out", "the %s works again", "not ready: %s", "answered with %d"):
        assert text in source
