"""Which versions and models run, as `valence_build_info` tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from k8s.doctor.check import FailedError

__all__ = ["Build", "models", "read", "same_model", "versions"]


class Build(NamedTuple):
    """What a process says of its code."""

    where: str
    part: str
    version: str
    model: str


def read(where: str, text: str) -> list[Build]:
    """The build infos in metrics.

    Raises:
        FailedError: there are none.
    """
    try:
        found = [
            Build(where, *(sample.labels.get(name, "") for name in ("part", "version", "model")))
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "valence_build_info"
        ]
    except ValueError:
        found = []
    if not found:
        raise FailedError(
            f"{where} has no valence_build_info", "check that it is a gateway or a Bento of Valence"
        )
    return found


def versions(found: Iterable[Build]) -> str:
    """Whether all parts have one version."""
    by_version: dict[str, set[str]] = defaultdict(set)
    for build in found:
        by_version[build.version].add(f"{build.part} ({build.where})")
    if len(by_version) > 1:
        each = (f"{version}: {', '.join(sorted(who))}" for version, who in by_version.items())
        raise FailedError(
            "; ".join(sorted(each)),
            "finish the rollout, and give the gateway and the Bento images of one version",
        )
    [version] = by_version
    parts = sorted({build.part for build in found})
    return f"{version} ({', '.join(parts)})"


def models(found: Iterable[Build]) -> dict[str, str]:
    """The digest of each Bento. A gateway's are also those of earlier answers."""
    return {build.where: build.model for build in found if build.part == "bento"}


def same_model(
    answers: Mapping[str, int], bentos: Mapping[str, str], canaries: Mapping[str, str]
) -> str:
    """Whether there is one model everywhere but in a canary.

    Args:
        answers: how often each digest came through the gateway.
        bentos: the digest of each Bento, by its name.
        canaries: those of the canary's Bentos.
    """
    total = sum(answers.values())
    seen: dict[str, list[str]] = defaultdict(list)
    for digest, count in answers.items():
        seen[digest].append(f"{count} of {total} answers")
    for name, digest in sorted({**bentos, **canaries}.items()):
        seen[digest].append(name)
    each = "; ".join(f"{_short(digest)} in {', '.join(where)}" for digest, where in seen.items())
    stable = {*bentos.values()} | (seen.keys() - canaries.values())
    if len(stable) > 1:
        raise FailedError(
            f"{len(seen)} models: {each}",
            "finish the rollout: kubectl -n NAMESPACE rollout status deployment/bento; all Bentos"
            " need one image by its digest, or BENTO_ARTIFACT_DIGEST; which of them are a canary's,"
            " only the cluster tells (KUBECONFIG)",
        )
    return each


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]
