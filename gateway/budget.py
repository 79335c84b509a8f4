"""A retry budget: retries are a share of calls, so that they never multiply an outage."""

from __future__ import annotations

SHARE = 0.1
RESERVE = 20.0


class RetryBudget:
    """Each call earns a tenth of a retry; some are kept for when calls are few.

    As Finagle's, https://twitter.github.io/finagle/guide/Clients.html#retries
    """

    def __init__(self) -> None:
        self._retries = RESERVE

    def earn(self, retries: float = SHARE) -> None:
        """A call was made that is not a retry; or so many retries did good."""
        self._retries = min(self._retries + retries, RESERVE)

    def spend(self) -> bool:
        """Whether one more retry may be made."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True
