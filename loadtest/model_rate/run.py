"""`python -m loadtest model`: the model's speed, and how much of it the Bento passes on.

All cases take turns in rounds. In-process figures are CPU time of the thread, so that other
processes of the machine matter little. Rates over HTTP are by the clock, and so is the rate of the
bare model that they are compared with.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
from rich.progress import Progress
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from bento import settings
from bento.model import artifact
from bento.model.manifest import ArtifactError
from bento.model.model import Model
from bento.model.reading import text as bento_text
from loadtest.errors import LoadTestError
from loadtest.harness import command as options
from loadtest.harness import texts, wrk
from loadtest.harness.wrk import Body
from loadtest.model_rate.report import REPORT
from loadtest.model_rate.result import BATCH, BATCHES, KIND, WORDS, Case, ModelRate
from loadtest.reporting import result as results
from loadtest.servers.launch import bento

HTTP_CONNECTIONS = 4
HTTP_BODY = Body('{"texts":["', '"]}', texts=BATCH)
CASE_SECONDS = 0.2

Classify = Callable[[Sequence[str]], object]


@click.command("model")
@options.rounds(5)
@options.seconds(2)
def command(rounds: int, seconds: float) -> None:
    """Measure the model in process, against plain scikit-learn, and through the Bento."""
    with options.progress_bar() as bar:
        result = run(seconds=seconds, rounds=rounds, progress=bar)
    REPORT.publish(result)
    sys.exit(result.http_errors > 0)


def run(*, seconds: float, rounds: int, progress: Progress) -> ModelRate:
    """Measure all cases, and the Bento.

    Raises:
        LoadTestError: wrk, the texts or the artifact are missing.
    """
    wrk.check()
    about = results.about()
    folder = Path(settings.load().bento_artifact_dir)
    try:
        model, data = Model.load(folder), artifact.load(folder)
    except ArtifactError as error:
        raise LoadTestError(str(error)) from None
    variants: dict[str, Classify] = {
        "Valence": model.classify,
        "scikit-learn": plain(data).predict_proba,
        "Valence, explained": model.explain,
    }
    corpus = {length: _of_length(texts.read(), *WORDS[length]) for length in WORDS}
    cases = [
        Case(variant, length, batch)
        for length, batch, variant in itertools.product(WORDS, BATCHES, variants)
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
                progress.update(task, description=f"round {number + 1}: {case.variant}")
                case.rounds.append(
                    _microseconds(
                        variants[case.variant],
                        _batches(corpus[case.length], case.batch),
                    )
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
    """A scikit-learn pipeline with the same features and weights.

    It has our analyser in its vectoriser, and one logistic regression (ours has five, so it has
    less to do).
    """

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
    """Texts a second by the clock, BATCH texts a call, all texts in turn."""
    endless = itertools.cycle(all_texts)
    start, count = time.perf_counter(), 0
    while (took := time.perf_counter() - start) < seconds:
        classify(list(itertools.islice(endless, BATCH)))
        count += BATCH
    return count / took


def _batches(some_texts: list[str], size: int) -> list[list[str]]:
    """The same texts for every size: as many as the largest batch has."""
    endless = itertools.cycle(some_texts)
    return [list(itertools.islice(endless, size)) for _ in range(max(BATCHES) // size)]


def _microseconds(classify: Classify, batches: list[list[str]]) -> float:
    """CPU time of the thread for each text; all batches, over and over."""
    classify(batches[0])  # the first call may set something up
    start, count = time.thread_time(), 0
    while (took := time.thread_time() - start) < CASE_SECONDS:
        for batch in batches:
            classify(batch)
            count += len(batch)
    return took / count * 1e6
