"""`python -m k8s.doctor` on a cluster with a canary, which has a model and a version of its own."""

from __future__ import annotations

from tests.support.examined import Examined, port_of
from tests.support.kubernetes_api import API
from tests.support.kubernetes_objects import healthy
from tests.support.scripted import Asked, Says, scripted


async def test_a_canary_is_named(api: API, examined: Examined) -> None:
    api.world = healthy("everything")
    for each in api.world["pods"]:
        # The Bento here speaks plain HTTP.
        for container in each["spec"]["containers"]:
            container["readinessProbe"]["httpGet"].pop("scheme", None)
    model = "sha256:" + "0" * 64
    text = f'valence_build_info{{part="bento",version="0.2.0",model="{model}"}} 1\n'

    def canary(request: Asked) -> Says:
        return Says(200, {"model": model} if request.path == "/model" else text)

    with scripted(canary) as url:
        api.ports["bento-canary-0", 3000] = api.ports["bento-canary-0", 9091] = port_of(url)
        report = await examined.report()
    assert not report.failed, report.output
    canary_has = "; sha256:000000000000 in bento-canary-0"
    in_answers = "in 10 of 10 answers"
    assert report["outside", "model"].found.endswith(f"{in_answers}{canary_has}")
    own = report["cluster", "model"].found
    assert own.endswith(f"{in_answers}, bento-0, bento-1{canary_has}")
    assert report["cluster", "versions"].found == "0.1.0 (bento, gateway); 0.2.0 (bento-canary)"
