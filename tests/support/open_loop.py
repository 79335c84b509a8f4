"""Comments posted at an even rate by a process of its own: `python -m tests.support.open_loop`.

With the arguments URL RATE SECONDS it prints the outcome as JSON. As another process it takes
little CPU time from the test.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from itertools import count
from typing import NamedTuple

import msgspec
import uvloop

from loadtest.harness import generator
from loadtest.harness.generator import NOT_SENT
from loadtest.harness.quantiles import quantile

# Opened before the first comment is due: comments are measured, not handshakes.
CONNECTIONS = 2_000
COMMENT = "Number {} of many: a fine product, but the box was torn."


class Answer(NamedTuple):
    """The outcome of one comment, in seconds from when it was due; see `generator.Answer`."""

    due: float
    seconds: float
    status: int
    retry_after: bool


class Outcome(msgspec.Struct, frozen=True):
    """The outcome of all comments."""

    answers: list[Answer]

    def sent(self, first: float = 0.0) -> list[Answer]:
        """The comments that were due from `first` on and for which a connection was free."""
        return [each for each in self.answers if each.due >= first and each.status != NOT_SENT]

    @property
    def refused(self) -> list[Answer]:
        """Those that got another answer than 201, or none."""
        return [each for each in self.sent() if each.status != 201]

    def statuses(self, first: float = 0.0) -> dict[int, int]:
        """How often each status came to comments that were due from `first` on."""
        return dict(Counter(each.status for each in self.sent(first)))

    def accepted(self, first: float, last: float) -> int:
        """201s that came from `first` on and before `last`."""
        return sum(a.status == 201 and first <= a.due + a.seconds < last for a in self.answers)

    def seconds(self, *, accepted: bool, share: float) -> float:
        """The quantile `share` of the time until a 201, or until any other answer."""
        times = [each.seconds for each in self.sent() if (each.status == 201) == accepted]
        return quantile(times, share)


async def offer(url: str, rate: float, seconds: float) -> Outcome:
    """Post `rate` comments a second; one for which no connection is free is not sent."""
    answers: list[Answer] = []

    def keep(answer: generator.Answer) -> None:
        retry_after = answer.header("Retry-After") is not None
        answers.append(Answer(answer.due, answer.seconds, answer.status, retry_after))

    await generator.post(
        f"{url}/comments",
        (f'{{"comment":"{COMMENT.format(number)}"}}' for number in count()),
        (number / rate for number in range(round(rate * seconds))),
        keep,
        connections=CONNECTIONS,
        queue=False,
    )
    return Outcome(answers)


def main() -> None:
    url, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    json.dump(msgspec.to_builtins(uvloop.run(offer(url, rate, seconds))), sys.stdout)


if __name__ == "__main__":
    main()
