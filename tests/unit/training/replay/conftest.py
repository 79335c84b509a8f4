"""Records, and an artifact to replay them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bento.model.artifact import Artifact, load
from bento.model.model import Model
from tests.support.replayed import ARTIFACT, HOSTILE, OTHER
from training.data import corpus


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return load(ARTIFACT)


@pytest.fixture(scope="module")
def model(artifact: Artifact) -> Model:
    return Model(artifact)


@pytest.fixture(scope="module")
def records(model: Model) -> list[dict[str, Any]]:
    """300 answers. Two models gave them: of the first, the candidate would change each fifth; the
    second agrees with it."""
    texts = [HOSTILE, *corpus.read()["text"][:299]]
    rows: list[dict[str, Any]] = []
    for n, each in enumerate(model.classify(texts)):
        flipped = n < 150 and n % 5 == 0
        rows.append(
            {
                "comment_id": f"id-{n}",
                "timestamp": f"2025-10-25T19:{59 - n // 6:02}:00.000Z",
                "original_comment": texts[n],
                "sentiment": OTHER[each.sentiment] if flipped else each.sentiment,
                "score": f"{each.score:.4f}",
                "confidence": each.confidence,
                "model": "sha256:first" if n < 150 else "sha256:second",
            }
        )
    # The candidate is right on these, and the former model on every second of them.
    for n in range(0, 150, 5):
        rows[n]["correction"] = {"sentiment": model.classify([texts[n]])[0].sentiment, "note": ""}
        rows[n + 150]["correction"] = {"sentiment": rows[n + 150]["sentiment"], "note": ""}
    return rows


@pytest.fixture
def export(records: list[dict[str, Any]], tmp_path: Path) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records) + "\n")
    return path
