"""Versions and models are compared."""

from __future__ import annotations

import pytest

from k8s.doctor import builds
from k8s.doctor.builds import Build
from k8s.doctor.check import FailedError

A, B, C = ("sha256:" + letter * 64 for letter in "abc")
GATEWAY = Build("gateway-0", "gateway", "0.1.0", A)
BENTO = Build("bento-0", "bento", "0.1.0", A)


def test_a_build_is_read() -> None:
    text = f'valence_build_info{{part="bento",version="0.1.0",model="{A}"}} 1.0\nother 2\n'
    assert builds.read("bento-0", text) == [BENTO]


@pytest.mark.parametrize("text", ["", "other 2\n", "<html>", "a{"])
def test_other_metrics_have_none(text: str) -> None:
    with pytest.raises(FailedError, match="bento-0 has no valence_build_info"):
        builds.read("bento-0", text)


def test_one_version_passes() -> None:
    assert builds.versions([GATEWAY, BENTO]) == "0.1.0 (bento, gateway)"


def test_two_versions_fail() -> None:
    with pytest.raises(FailedError, match=r"0\.1\.0: gateway .*; 0\.2\.0: bento \(bento-0\)"):
        builds.versions([GATEWAY, BENTO._replace(version="0.2.0")])


def test_only_a_bento_knows_its_model() -> None:
    assert builds.models([GATEWAY._replace(model=B), BENTO]) == {"bento-0": A}


def test_one_model_passes() -> None:
    found = builds.same_model({A: 10}, {"bento-0": A, "bento-1": A}, {})
    assert found == "sha256:aaaaaaaaaaaa in 10 of 10 answers, bento-0, bento-1"
    assert builds.same_model({}, {"bento-0": A}, {}) == "sha256:aaaaaaaaaaaa in bento-0"


@pytest.mark.parametrize(
    ("answers", "bentos"),
    [({A: 6, B: 4}, {}), ({A: 10}, {"bento-0": A, "bento-1": B}), ({}, {"x": A, "y": B})],
)
def test_two_models_fail(answers: dict[str, int], bentos: dict[str, str]) -> None:
    with pytest.raises(FailedError, match=r"2 models: sha256:aaaaaaaaaaaa in .*bbbb") as failure:
        builds.same_model(answers, bentos, {})
    assert "rollout" in failure.value.advice


def test_a_canary_is_named() -> None:
    found = builds.same_model({A: 7, B: 3}, {"bento-0": A}, {"bento-canary-0": B})
    assert found == (
        "sha256:aaaaaaaaaaaa in 7 of 10 answers, bento-0;"
        " sha256:bbbbbbbbbbbb in 3 of 10 answers, bento-canary-0"
    )
    assert builds.same_model({A: 7, B: 3}, {}, {"bento-canary-0": B})


@pytest.mark.parametrize(
    ("answers", "bentos"), [({A: 7, C: 3}, {"bento-0": A}), ({A: 9}, {"bento-0": A, "bento-1": B})]
)
def test_a_canary_excuses_no_other_model(answers: dict[str, int], bentos: dict[str, str]) -> None:
    with pytest.raises(FailedError, match="models: "):
        builds.same_model(answers, bentos, {"bento-canary-0": B})
