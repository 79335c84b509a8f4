"""What the table of the cluster has."""

from __future__ import annotations

from collections.abc import Iterable

from tests.cluster.cluster import Cluster

KEYS_OF_A_CALL = 100


def models(cluster: Cluster, ids: Iterable[str]) -> dict[str, str]:
    """By id, the model that is named in the records of those comments that the table has."""
    found: dict[str, str] = {}
    with cluster.dynamodb() as client:
        remaining = sorted(ids)
        while remaining:
            keys = [{"comment_id": {"S": item}} for item in remaining[:KEYS_OF_A_CALL]]
            answer = client.batch_get_item(
                RequestItems={
                    "comments": {
                        "Keys": keys,
                        "ConsistentRead": True,
                        "ProjectionExpression": "comment_id, model",
                    }
                }
            )
            items = answer["Responses"]["comments"]
            found |= {item["comment_id"]["S"]: item["model"]["S"] for item in items}
            unprocessed = answer["UnprocessedKeys"].get("comments", {}).get("Keys", [])
            remaining = remaining[KEYS_OF_A_CALL:] + [key["comment_id"]["S"] for key in unprocessed]
    return found
