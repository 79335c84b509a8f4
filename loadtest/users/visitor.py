"""One user: its requests, and how their latency is measured."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from locust import FastHttpUser, between, task
from locust.contrib.fasthttp import ResponseContextManager
from locust.env import Environment

from loadtest.harness import target, texts
from loadtest.users import requests, shapes

HOST = "http://127.0.0.1:8000"
COMMENTS = "/comments"
LEAD_SECONDS = 2.0
"""From the start of a run to the first arrivals, so that users are created before."""
TIMEOUT_SECONDS = 15.0
NEVER_SECONDS = 1e6

_rng = random.Random()  # noqa: S311


class Load:
    """The state that the users of this process share during a run."""

    def __init__(self) -> None:
        self.arrivals: shapes.Arrivals | None = None
        self.started = 0.0
        self.comments: Iterator[str] = iter(())
        self.known: deque[str] = deque(maxlen=1_000)
        self.headers: dict[str, str] = {}
        self.token = ""

    def start(self, environment: Environment) -> None:
        """Begin a run with the master's options."""
        options: Any = environment.parsed_options
        worker = max(0, getattr(environment.runner, "worker_index", 0))
        rate = options.rate / options.workers
        self.started = time.perf_counter() + LEAD_SECONDS
        self.comments = requests.comments(texts.read(), options.run, worker, options.workers)
        self.token = options.token
        self.headers = target.headers(options.token)
        self.known.clear()
        self.arrivals = None
        if rate:
            self.arrivals = shapes.Arrivals(
                lambda second: rate * shapes.level(options.shape, second, options.seconds),
                rate,
                options.seconds,
                _rng,
            )


LOAD = Load()


class Visitor(FastHttpUser):
    """A user who mostly posts comments."""

    host = HOST
    insecure = False
    connection_timeout = network_timeout = TIMEOUT_SECONDS
    pause = between(0.5, 1.5)

    def __init__(self, environment: Environment) -> None:
        # Locust appends paths, which begin with a slash, to the host.
        self.host = self.host.rstrip("/")
        super().__init__(environment)

    def on_start(self) -> None:
        self.wait()

    def wait_time(self) -> float:
        """Seconds until the next request is due, or a pause."""
        self.due: float | None = None
        if LOAD.arrivals is None:
            return self.pause()
        second = LOAD.arrivals.take()
        if second is None:
            return NEVER_SECONDS
        self.due = LOAD.started + second
        return max(0.0, self.due - time.perf_counter())

    @task(72)
    def comment(self) -> None:
        text = next(LOAD.comments)
        with self.ask("POST", COMMENTS, COMMENTS, json={"comment": text}) as answer:
            if expected(answer, {201}):
                record = json.loads(answer.content)
                if record["original_comment"] == text:
                    LOAD.known.append(record["comment_id"])
                else:
                    answer.failure("another comment was recorded")

    @task(4)
    def batch(self) -> None:
        comments = [{"comment": next(LOAD.comments)} for _ in range(requests.BATCH)]
        path = f"{COMMENTS}/batch"
        with self.ask("POST", path, path, json={"comments": comments}) as answer:
            if expected(answer, {200}):
                outcomes = json.loads(answer.content)["outcomes"]
                if any(outcome["status"] != HTTPStatus.CREATED for outcome in outcomes):
                    answer.failure("a comment of a batch was not recorded")

    @task(3)
    def correct(self) -> None:
        if not LOAD.known:
            self.comment()
            return
        comment_id, correction = _rng.choice(LOAD.known), {"sentiment": "neutral"}
        path, name = f"{COMMENTS}/{comment_id}/correction", f"{COMMENTS}/[id]/correction"
        with self.ask("PUT", path, name, json=correction) as answer:
            if expected(answer, {200}) and "correction" not in json.loads(answer.content):
                answer.failure("the record has no correction")

    @task(2)
    def ask_as_comprehend(self) -> None:
        body = {"Text": next(LOAD.comments), "LanguageCode": "en"}
        headers = requests.comprehend_headers(LOAD.token)
        with self.ask("POST", "/", "DetectSentiment", json=body, headers=headers) as answer:
            if expected(answer, {200}) and "SentimentScore" not in json.loads(answer.content):
                answer.failure("there is no score")

    @task(8)
    def read(self) -> None:
        if not LOAD.known:
            self.comment()
            return
        comment_id = _rng.choice(LOAD.known)
        with self.ask("GET", f"{COMMENTS}/{comment_id}", f"{COMMENTS}/[id]") as answer:
            if expected(answer, {200}) and json.loads(answer.content)["comment_id"] != comment_id:
                answer.failure("another comment was returned")

    @task(6)
    def list(self) -> None:
        chosen = _rng.choice(requests.FILTERS)
        path, name = f"{COMMENTS}?limit=20{chosen}", f"{COMMENTS}?limit{chosen}"
        with self.ask("GET", path, name) as answer:
            if expected(answer, {200}) and len(json.loads(answer.content)["comments"]) > 20:
                answer.failure("more comments than requested")

    @task(5)
    def post_bad_request(self) -> None:
        fault, body = _rng.choice([*requests.BAD.items()])
        headers = {"Content-Type": "application/json"}
        with self.ask("POST", COMMENTS, f"bad: {fault}", data=body, headers=headers) as answer:
            expected(answer, requests.REFUSALS)

    @contextlib.contextmanager
    def ask(
        self, method: str, path: str, name: str, headers: dict[str, str] | None = None, **more: Any
    ) -> Iterator[ResponseContextManager]:
        """Send the request that was due; its answer is checked in the context."""
        headers = {**LOAD.headers, **(headers or {})}
        with self.client.request(
            method, path, name=name, headers=headers, catch_response=True, **more
        ) as answer:
            if self.due is not None:
                seconds = time.perf_counter() - self.due
                answer.request_meta["response_time"] = seconds * 1e3
            yield answer


def expected(answer: ResponseContextManager, statuses: frozenset[int] | set[int]) -> bool:
    """Tell Locust whether the answer has one of the statuses; returns that, too."""
    if answer.status_code in statuses:
        answer.success()
        return True
    answer.failure(
        f"gave {answer.status_code}" if answer.status_code else str(answer.__dict__["error"])
    )
    return False
