"""The installation works: it is applied completely, available, and records comments.

`make test-cluster KUBECONFIG=… URL=…`, with an overlay applied.
"""

from __future__ import annotations

import httpx
import pytest

from tests.cluster.cluster import DEPLOYMENTS, OVERLAY, Cluster, kubectl
from tests.support.api import post_comment

pytestmark = pytest.mark.timeout(900)


def test_applying_again_changes_nothing(cluster: Cluster) -> None:
    kubectl("apply", "-k", str(OVERLAY))
    before = cluster.specifications()
    # The server's own view. kubectl always patches a StatefulSet's claims and a budget's selector,
    # without an effect, and reports them as "configured".
    assert kubectl("diff", "-k", str(OVERLAY)) == ""
    again = kubectl("apply", "-k", str(OVERLAY))
    assert "created" not in again
    assert cluster.specifications() == before


def test_every_part_is_available(settled: Cluster) -> None:
    for name in DEPLOYMENTS:
        conditions = {item.type: item.status for item in settled.deployment(name).status.conditions}
        assert conditions["Available"] == "True"
        assert len(settled.ready(name)) >= 2
    assert len(settled.ready("dynamodb")) == 1


def test_a_comment_posted_through_the_ingress_is_in_the_table(
    settled: Cluster, client: httpx.Client
) -> None:
    record = post_comment(client, "A fantastic installation!")
    with settled.dynamodb() as dynamodb:
        key = {"comment_id": {"S": record["comment_id"]}}
        item = dynamodb.get_item(TableName="comments", Key=key, ConsistentRead=True)["Item"]
    assert {name: item[name]["S"] for name in record} == record


def test_a_batch_and_a_correction_go_through_the_ingress(
    settled: Cluster, client: httpx.Client
) -> None:
    assert settled
    batch = [{"comment": "Great, it broke."}, {"comment": " "}]
    answer = client.post("/comments/batch", json={"comments": batch})
    first, second = answer.json()["outcomes"]
    assert (first["status"], second["status"]) == (201, 422)
    path = f"/comments/{first['record']['comment_id']}"
    corrected = client.put(f"{path}/correction", json={"sentiment": "negative"})
    assert corrected.status_code == 200
    assert client.get(path).json() == corrected.json()
    assert client.get("/statistics").status_code == 200


def test_the_answer_names_the_deployed_model(settled: Cluster, client: httpx.Client) -> None:
    model = post_comment(client, "Which model are you?")["model"]
    code = (
        "from pathlib import Path; from bento.model.model import Model;"
        "print(Model.load(Path('/app/bento/artifact')).digest)"
    )
    for pod in settled.ready("bento"):
        assert settled.python(pod.metadata.name, code).strip() == model
