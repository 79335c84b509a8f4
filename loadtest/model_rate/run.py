"""`python -m loadtest model`: what the model takes, and how much of its speed the Bento passes on.

All that is compared takes turns in rounds. In-process figures are CPU time of the thread, so that
what else the machine does counts little; rates over HTTP are by the clock, and so is the rate of
the bare model that they are compared with.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import Progress
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from bento import settings
from bento.model import artifact
from bento.model import text as bento_text
from bento.model.model import Model
from loadtest.harness import result as results
from loadtest.harness import texts, wrk
from loadtest.harness.result import Result
from loadtest.harness.wrk import Body
from loadtest.servers.launch import bento

KIND = "model"
BATCH = 64
HTTP_CONNECTIONS = 4
HTTP_BODY = Body('{"texts":["', '"]}', texts=BATCH)
BATCHES = (1, 32, 256)
WORDS = {"short": (12, 18), "long": (180, 280)}
CASE_SECONDS = 0.2

Classify = Callable[[Sequence[str]], object]


class Case(msgspec.Struct):
    """One way with texts of one length in batches of one size: thread CPU time in µs a text, a
    figure a round."""

    way: str
    length: str
    batch: int
    rounds: list[float] = []

    @property
    def microseconds(self) -> float:
        return statistics.median(self.rounds)


class ModelRate(Result, frozen=True, kw_only=True):
    """The result of `model`; texts/s, a figure a round."""

    seconds: float
    in_process: list[float]
    over_http: list[float]
    http_errors: int
    cases: list[Case]

    @property
    def share(self) -> float:
        """The median of over HTTP / in process."""
        pairs = zip(self.over_http, self.in_process, strict=True)
        return statistics.median(http / bare for http, bare in pairs)


def run(*, seconds: float, rounds: int, progress: Progress) -> ModelRate:
    """
    Raises:
        LoadTestError: wrk, the texts or the artifact are missing.
    """
    wrk.check()
    about = results.about()
    folder = Path(settings.load().bento_artifact_dir)
    model = Model.load(folder)
    ways: dict[str, Classify] = {
        "Valence": model.classify,
        "scikit-learn": plain(artifact.load(folder)).predict_proba,
    }
    if explain := getattr(model, "explain", None):
        ways["Valence, explained"] = explain
    corpus = {length: _of_length(texts.read(), *WORDS[length]) for length in WORDS}
    cases = [
        Case(way, length, batch) for length, batch, way in itertools.product(WORDS, BATCHES, ways)
    ]
    task = progress.add_task("", total=rounds * (1 + len(cases)))
    bare: list[float] = []
    http: list[float] = []
    errors = 0
    with bento() as (url, _):
        for number in range(rounds):
            progress.update(task, description=f"round {number + 1}: over HTTP")
            bare.append(_rate(model.classify, texts.read(), seconds))
            sample = wrk.run(
                f"{url}/classify",
                HTTP_BODY,
                texts.ensure(),
                connections=HTTP_CONNECTIONS,
                seconds=seconds,
            )
            http.append(sample.rate * BATCH)
            errors += sample.errors
            progress.advance(task)
            for case in cases if number % 2 == 0 else reversed(cases):
                progress.update(task, description=f"round {number + 1}: {case.way}")
                case.rounds.append(
                    _microseconds(ways[case.way], _batches(corpus[case.length], case.batch))
                )
                progress.advance(task)
    return ModelRate(
        **about,
        kind=KIND,
        seconds=seconds,
        in_process=bare,
        over_http=http,
        http_errors=errors,
        cases=cases,
    )


def plain(data: artifact.Artifact) -> Pipeline:
    """The same features and weights as scikit-learn would have them: our analyser in its
    vectoriser, one logistic regression (ours are three, so it has less to do)."""

    def analyse(text: str) -> set[str]:
        return bento_text.terms(bento_text.tokenise(text))

    vocabulary = {term: column for column, term in enumerate(data.features)}
    vectorizer = TfidfVectorizer(analyzer=analyse, vocabulary=vocabulary, binary=True)
    vectorizer.idf_ = data.idf.astype(np.float64)
    regression = LogisticRegression()
    regression.coef_ = data.weights[:, :1].T.astype(np.float64)
    regression.intercept_ = data.intercepts[:1]
    regression.classes_ = np.array(["negative", "positive"])
    return make_pipeline(vectorizer, regression)


def _of_length(all_texts: list[str], least: int, most: int) -> list[str]:
    return [text for text in all_texts if least <= len(text.split()) <= most]


def _rate(classify: Classify, all_texts: list[str], seconds: float) -> float:
    """Texts a second by the clock, BATCH texts a call, each text in turn."""
    endless = itertools.cycle(all_texts)
    start, count = time.perf_counter(), 0
    while (took := time.perf_counter() - start) < seconds:
        classify(list(itertools.islice(endless, BATCH)))
        count += BATCH
    return count / took


def _batches(some_texts: list[str], size: int) -> list[list[str]]:
    """The same texts whatever the size: as many as the largest batch has."""
    endless = itertools.cycle(some_texts)
    return [list(itertools.islice(endless, size)) for _ in range(max(BATCHES) // size)]


def _microseconds(classify: Classify, batches: list[list[str]]) -> float:
    """Thread CPU time a text; all batches, over and over."""
    classify(batches[0])  # the first call may have to set something up
    start, count = time.thread_time(), 0
    while (took := time.thread_time() - start) < CASE_SECONDS:
        for batch in batches:
            classify(batch)
            count += len(batch)
    return took / count * 1e6
