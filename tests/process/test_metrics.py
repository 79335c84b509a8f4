"""The metrics of a running gateway and Bento after all kinds of requests: names, types, units, help
and labels, whose values are known in advance."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from prometheus_client import Metric

import bento.metrics
import gateway.metrics
import measures
from bento.model.reference import MEASURES
from gateway.http.comprehend.protocols import OPERATIONS
from gateway.http.comprehend.protocols import PATH as COMPREHEND
from processes import Process, answers, free_port, module
from tests.support import promtool
from tests.support.every_request import bearers, send_everything
from tests.support.gateways import Gateway
from tests.support.metrics import OPENMETRICS, VALUES, declared, is_bounded, parse

REQUESTS = "valence_gateway_request_duration_seconds"
STORE_CALLS = "valence_gateway_store_call_duration_seconds"
MODULES = {"gateway": gateway.metrics, "bento": bento.metrics}


class Scraped(NamedTuple):
    """The metrics of one process, by name, and the digest of the artifact."""

    part: str
    url: str
    families: dict[str, Metric]
    text: str
    model: str

    def value(self, sample: str, **labels: str) -> float:
        """The sum of the samples with this name and at least these labels."""
        return sum(
            each.value
            for family in self.families.values()
            for each in family.samples
            if each.name == sample and labels.items() <= each.labels.items()
        )

    def values_of(self, family: str, label: str) -> set[str]:
        return {sample.labels[label] for sample in self.families[family].samples}


def scrape(part: str, url: str, model: str) -> Scraped:
    families = parse(httpx.get(url, headers={"Accept": OPENMETRICS}).text)
    text = httpx.get(url).text
    return Scraped(part, url, {family.name: family for family in families}, text, model)


@pytest.fixture(scope="module")
def scraped() -> Iterator[dict[str, Scraped]]:
    """By part, its metrics."""
    known, headers = bearers()
    port, metrics_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"BENTO_PORT": str(port), "BENTO_METRICS_PORT": str(metrics_port)}
    with Process("the Bento", module("bento"), environment=settings) as process:
        process.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        for path in ("/docs.json", "/model", "/metrics", *(f"/{number}" for number in range(20))):
            httpx.get(url + path)
            httpx.request("X" + path[1:], url + path)
        httpx.get(url, headers={"Host": "example.com"})
        httpx.post(f"{url}/sentiment", json={"text": "I love it"})
        httpx.post(f"{url}/classify", json={"texts": []})
        # However slow the machine is, no call is repeated, so that the counts are exact.
        with Gateway(
            url,
            GATEWAY_TOKENS=known,
            GATEWAY_MODEL_CALL_SECONDS=60,
            GATEWAY_REQUEST_SECONDS=60,
        ) as gateway:
            model = send_everything(gateway, headers)
            yield {
                "gateway": scrape("gateway", gateway.metrics_url, model),
                "bento": scrape("bento", f"http://127.0.0.1:{metrics_port}/metrics", model),
            }


@pytest.fixture(params=["gateway", "bento"])
def part(request: pytest.FixtureRequest, scraped: dict[str, Scraped]) -> Scraped:
    return scraped[request.param]


def test_names_types_units_and_help_follow_the_scheme(part: Scraped) -> None:
    ours = {name: family for name, family in part.families.items() if name.startswith("valence")}
    known = {metric.name: metric for metric in declared(MODULES[part.part])}
    assert ours.keys() == known.keys()
    # The others are the library's own.
    assert {name.split("_")[0] for name in part.families} == {"valence", "process", "python"}
    for name, family in ours.items():
        assert name.startswith(f"valence_{part.part}_") or name == "valence_build"
        assert family.type == known[name].type
        assert family.unit == known[name].unit
        assert family.documentation[0].isupper()
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.unit
        units = {"seconds", "ratio", "characters", "comments", "texts"}
        has_unit = family.type != "counter" and name.rpartition("_")[2] in units
        assert family.unit == (name.rpartition("_")[2] if has_unit else "")
        # Prometheus wants base units.
        assert not {"ms", "milliseconds", "minutes", "kb", "percent"} & {*name.split("_")}


def test_labels_have_values_that_are_known_in_advance(part: Scraped) -> None:
    labels = {metric.name: metric.labels for metric in declared(MODULES[part.part])}
    for name, family in part.families.items():
        if name.startswith("valence"):
            for sample in family.samples:
                assert sample.labels.keys() - {"le"} == {*labels[name]}, sample
                for label, value in sample.labels.items():
                    assert is_bounded(name, label, value, {part.model}), sample


def test_a_rebound_name_is_refused(part: Scraped) -> None:
    assert httpx.get(part.url, headers={"Host": "example.com"}).status_code == 421


def test_the_bins_are_those_of_the_reference(scraped: dict[str, Scraped]) -> None:
    for part, histogram, measure in (
        ("bento", "valence_bento_unknown_words_ratio", "unknown_words"),
        ("gateway", "valence_gateway_comment_characters", "characters"),
    ):
        buckets = scraped[part].families[histogram].samples
        bounds = [each.labels["le"] for each in buckets if "le" in each.labels]
        assert tuple(bounds) == MEASURES[measure]
    predictions = scraped["gateway"].families["valence_gateway_predictions"].samples
    for measure in ("sentiment", "confidence"):
        assert {each.labels[measure] for each in predictions} <= {*MEASURES[measure]}


@promtool.needed
def test_promtool_finds_nothing_to_improve(part: Scraped) -> None:
    command = [promtool.PROMTOOL or "", "check", "metrics"]
    done = subprocess.run(command, input=part.text, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_route_is_counted_with_its_refusals(scraped: dict[str, Scraped]) -> None:
    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"])
        for sample in scraped["gateway"].families[REQUESTS].samples
    }
    record, correction = "/comments/{comment_id}", "/comments/{comment_id}/correction"
    expected = {
        ("POST", "/comments", "201 401 422 429"),
        ("GET", "/comments", "200 403"),
        ("POST", "/comments/batch", "200"),
        ("GET", "/comments/export", "200"),
        ("GET", record, "200 404"),
        ("DELETE", record, "204"),
        ("PUT", correction, "200 400 404 415 422"),
        ("DELETE", correction, "200"),
        *(("GET", path, "200") for path in ("/statistics", "/", "/docs", "/openapi.json")),
        *(("GET", path, "200") for path in ("/livez", "/readyz", "/healthz")),
        ("GET", "/static/{name}", "200 404"),
        ("GET", "none", "400 404"),
        *(("POST", COMPREHEND + each, "200") for each in OPERATIONS),
        ("POST", COMPREHEND + "{operation}", "400"),
    }
    missing = {
        (method, route, status)
        for method, route, statuses in expected
        for status in statuses.split()
    } - counted
    assert missing == set()
    assert {method for method, *_ in counted} <= {
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "OPTIONS",
        "other",
    }


def test_the_gateway_counts_what_happened(scraped: dict[str, Scraped]) -> None:
    value, model = scraped["gateway"].value, scraped["gateway"].model
    # One alone, three in a batch, one explained, and two of a token with a rate of two.
    assert value("valence_gateway_predictions_total", model=model) == 7
    assert value("valence_gateway_comment_characters_count", model=model) == 7
    assert value("valence_gateway_batch_comments_sum", queue="record") == 7
    # Two more for Amazon Comprehend's clients; its long text is not classified.
    assert value("valence_gateway_batch_comments_sum", queue="classify") == 9
    assert value("valence_gateway_corrections_total", correction="negative", model=model) == 1
    assert value("valence_gateway_corrections_total") == 1
    for reason, count in {"missing": 1, "unknown": 1, "expired": 1, "role": 1, "rate": 1}.items():
        assert value("valence_gateway_token_refusals_total", reason=reason) == count
    for operation in ("classify", "explain"):
        name = "valence_gateway_model_call_duration_seconds_count"
        assert value(name, operation=operation, outcome="ok") >= 1
    answered = value("valence_gateway_model_answer_duration_seconds_count", model=model)
    name = "valence_gateway_model_call_duration_seconds_count"
    assert answered == value(name, operation="classify", outcome="ok")
    operations = scraped["gateway"].values_of(STORE_CALLS, "operation")
    assert operations == {*VALUES[STORE_CALLS]["operation"]}
    assert scraped["gateway"].values_of(STORE_CALLS, "outcome") == {"ok"}
    for metric, label in (
        ("valence_gateway_queue_length", "queue"),
        ("valence_gateway_queue_limit", "queue"),
        ("valence_gateway_in_progress", "work"),
        ("valence_gateway_in_progress_limit", "work"),
    ):
        assert scraped["gateway"].values_of(metric, label) == {*VALUES[metric][label]}
        assert (value(metric) > 0) == metric.endswith("limit")
    for metric, label in (
        ("valence_gateway_shed", "work"),
        ("valence_gateway_store_retries", "reason"),
        ("valence_gateway_token_refusals", "reason"),
    ):
        assert scraped["gateway"].values_of(metric, label) == {*VALUES[metric][label]}


def test_the_bento_counts_what_happened(scraped: dict[str, Scraped]) -> None:
    value, model = scraped["bento"].value, scraped["bento"].model
    # What the gateway asked, a text that was explained, and one that was posted here.
    assert value("valence_bento_texts_total", model=model) == 11
    assert value("valence_bento_texts_total", language="de") == 2
    assert value("valence_bento_unknown_words_ratio_count", model=model) == 11
    assert 0 < value("valence_bento_unknown_words_ratio_sum") < 11
    for data in ("training", "held_out"):
        for measure in MEASURES:
            labels = {"data": data, "measure": measure, "model": model}
            assert value("valence_bento_reference_ratio", **labels) == pytest.approx(1)
    for operation, texts in {"classify": 9, "explain": 1, "sentiment": 1}.items():
        assert value("valence_bento_batch_texts_sum", operation=operation) == texts
        assert value("valence_bento_model_duration_seconds_count", operation=operation) >= 1
    requests = "valence_bento_request_duration_seconds_count"
    assert value(requests, method="POST", route="/sentiment", status="200") == 1
    assert value(requests, method="POST", route="/classify", status="422") == 1
    assert value(requests, method="GET", route="none", status="404") == 21
    assert value(requests, method="other", route="none", status="404") == 21
    assert value(requests, status="421") == 1
    assert value(requests, route="/readyz", status="200") >= 1


@pytest.mark.parametrize("name", ["gateway", "bento"])
def test_each_process_says_what_it_is(scraped: dict[str, Scraped], name: str) -> None:
    [sample] = scraped[name].families["valence_build"].samples
    expected = {"part": name, "model": scraped[name].model, "version": measures.VERSION}
    assert sample.labels == expected
