"""The whole report of an installation that does not answer."""

from __future__ import annotations

import pytest

from k8s.doctor.check import Status
from k8s.doctor.examination import Patient, examine
from k8s.doctor.site import Site
from tests.support.scripted import Says, scripted


@pytest.mark.parametrize("namespace", ["valence", "shop"])
def test_commands_are_for_the_namespace_that_was_given(namespace: str) -> None:
    with scripted(lambda _: Says(503)) as url:
        results = examine(Patient(Site(url), namespace=namespace))
    [advice] = [result.advice for result in results if result.status is Status.FAILED]
    assert f"kubectl -n {namespace} get pods" in advice
    assert "NAMESPACE" not in str(results)


def test_the_way_to_a_table_in_the_cluster_is_in_the_namespace() -> None:
    result = examine(Patient(Site("http://127.0.0.1:1"), namespace="shop"))[0]
    found = "kubectl -n NAMESPACE port-forward"
    assert result._replace(found=found).within("shop").found == "kubectl -n shop port-forward"
