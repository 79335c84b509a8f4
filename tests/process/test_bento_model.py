"""What the Bento says of its model, and of all classes."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from training.fitting.recipe import Recipe

EXAMPLE = "This is a fantastic project and it works perfectly!"


@pytest.fixture(scope="module")
def client(bento_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=bento_url, timeout=30) as client:
        yield client


def test_classify_with_probabilities(client: httpx.Client) -> None:
    texts = [EXAMPLE, "", "Es una basura, no funciona."]
    asked = {"texts": texts, "probabilities": True}
    results = client.post("/classify", json=asked).json()["results"]
    plain = client.post("/classify", json={"texts": texts}).json()["results"]
    for result, same in zip(results, plain, strict=True):
        probabilities = result.pop("probabilities")
        assert result == same
        assert sum(probabilities.values()) == pytest.approx(1)
        assert max(probabilities.values()) == pytest.approx(same["score"])
    assert (results[2]["language"], results[2]["confidence"]) == ("es", "low")


def test_the_model_describes_itself(client: httpx.Client) -> None:
    description = client.get("/model").json()
    assert description["model"] == client.post("/classify", json={"texts": ["a"]}).json()["model"]
    assert description["classes"] == ["negative", "neutral", "positive"]
    assert description["languages"] == ["en"]
    assert description["tuning"] is None
    assert description["metrics"]["imdb"]["accuracy"] > 0.89
    assert description["settings"]["neutral_bias"] == Recipe().neutral_bias


def test_nothing_is_loaded_for_the_first_comment() -> None:
    # The language identifier takes half a second, in which all comments would wait.
    code = """
from bento.model import language
from bento.service import service

def fail(*_: object, **__: object) -> None:
    raise AssertionError("the identifier is loaded late")

service.inner()
language.LanguageIdentifier.from_model_file = fail
print(language.language("Die Lieferung war schnell.", 0.6))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "de\n", done.stderr
