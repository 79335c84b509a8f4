"""AWS credentials from botocore, kept fresh without blocking the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

from gateway.errors import MisconfiguredError, StoreUnavailableError

if TYPE_CHECKING:
    import botocore.session
    from botocore.credentials import ReadOnlyCredentials

# botocore renews credentials 10 to 15 minutes before they expire, so this is often enough.
REFRESH_SECONDS = 60
LOOKUP_SECONDS = 4.0


class Credentials:
    """The credentials of a botocore session, looked up in a thread at most once at a time."""

    def __init__(self, session: botocore.session.Session) -> None:
        self._session = session
        self._current: ReadOnlyCredentials | None = None
        self._fresh_until = 0.0
        self._lookup: Future[ReadOnlyCredentials] | None = None

    async def get(self) -> ReadOnlyCredentials:
        """
        Raises:
            StoreUnavailableError: there are none, or the lookup failed or took too long.
        """
        now = time.monotonic()
        if self._current is None or now > self._fresh_until:
            if self._lookup is None or self._lookup.done():
                self._lookup = Future()
                # A daemon thread: neither callers nor the end of the process wait for a hung one.
                threading.Thread(target=self._look_up, args=[self._lookup], daemon=True).start()
            lookup = asyncio.shield(asyncio.wrap_future(self._lookup))
            try:
                self._current = await asyncio.wait_for(lookup, LOOKUP_SECONDS)
            except TimeoutError:
                raise _lookup_failed() from None
            self._fresh_until = now + REFRESH_SECONDS
        return self._current

    def _look_up(self, result: Future[ReadOnlyCredentials]) -> None:
        try:
            credentials = self._session.get_credentials()
            if credentials is None:
                raise MisconfiguredError(
                    "DynamoDB cannot be called: there are no credentials; set AWS_ACCESS_KEY_ID and"
                    " AWS_SECRET_ACCESS_KEY, or give the pod's service account a role"
                )
            result.set_result(credentials.get_frozen_credentials())
        except StoreUnavailableError as error:
            result.set_exception(error)
        except Exception as error:
            failure = _lookup_failed()
            failure.__cause__ = error
            result.set_exception(failure)


def _lookup_failed() -> StoreUnavailableError:
    return StoreUnavailableError("DynamoDB cannot be called: the credentials lookup failed")
