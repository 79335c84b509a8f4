"""The running service, as its clients see it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus

from k8s.deploy.errors import DeployError
from k8s.doctor import outside
from k8s.doctor.check import FailedError, SkippedError
from k8s.doctor.site import Site

__all__ = ["Service", "short"]

EXPECT_SECONDS = 90.0
"""Gateways may know the address of a Bento that leaves for 35 s (its preStop), and one that starts
takes half a minute."""
LEAVE_SECONDS = 40.0
"""So long after a rollout, replicas that leave may answer."""
PAUSE_SECONDS = 0.5


class Service:
    """A gateway's URL, and the token to use there."""

    def __init__(self, url: str, token: str = "") -> None:
        """
        Raises:
            DeployError: it is no URL.
        """
        try:
            self.site = Site(url, token)
        except ValueError as error:
            raise DeployError(str(error)) from None

    def reach(self) -> None:
        """
        Raises:
            DeployError: no gateway answers there, with a model or without.
        """
        try:
            outside.reach(self.site)
        except FailedError as error:
            raise DeployError(f"{self.site.url}: {error}") from None

    def answering(self) -> set[str]:
        """As `models`, but empty if the gateway is there and its model does not answer.

        Raises:
            DeployError: no gateway answers there, or the token may not submit.
        """
        self.reach()
        try:
            return set(outside.models(self.site))
        except FailedError:
            return set()
        except SkippedError as error:
            raise DeployError(f"{self.site.url}: {error}") from None

    def models(self) -> set[str]:
        """The digests in ten answers. The model is asked by a call of Amazon Comprehend's: it goes
        the way of `POST /comments`, and is not recorded.

        Raises:
            DeployError: it cannot be asked.
        """
        self.reach()
        try:
            return set(outside.models(self.site))
        except (FailedError, SkippedError) as error:
            raise DeployError(f"{self.site.url}: {error}") from None

    def steady(self) -> set[str]:
        """The digests in answers, of which there are several only if that lasts.

        Raises:
            DeployError: the model cannot be asked.
        """
        deadline = time.monotonic() + LEAVE_SECONDS
        while len(found := self.models()) > 1 and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        return found

    def has_records(self) -> bool:
        """Whether there is a recorded comment.

        Raises:
            DeployError: the token may not read, or there is no answer.
        """
        try:
            answer = self.site.ask("GET", "/comments?limit=1")
        except FailedError as error:
            raise DeployError(f"{self.site.url}: {error}") from None
        if answer.status in outside.REFUSALS:
            raise DeployError(
                f"{self.site.url}: it takes a token with the role read, for the replay, and submit"
                " (TOKEN_FILE)"
            )
        if answer.status != HTTPStatus.OK:
            raise DeployError(f"{self.site.url}: GET /comments: {answer.detail}")
        return bool(answer.json().get("comments"))

    def expect(self, digest: str) -> str:
        """Wait until one model gives ten answers in turn; returns its digest.

        Args:
            digest: of the model; any if empty.

        Raises:
            DeployError: it does not.
        """
        deadline = time.monotonic() + EXPECT_SECONDS
        while True:
            try:
                found = self.models()
                wrong = f"{self.site.url} answers with {short(found)}, not {short([digest])}"
            except DeployError as error:
                found, wrong = set(), str(error)
            if found == {digest} or (not digest and len(found) == 1):
                return found.pop()
            if time.monotonic() > deadline:
                raise DeployError(wrong)
            time.sleep(PAUSE_SECONDS)


def short(digests: Iterable[str]) -> str:
    """Digests as people compare them."""
    return " and ".join(sorted(digest[:19] for digest in digests)) or "no model"
