"""Whether the gateway can take comments: the model and the store answer."""

from __future__ import annotations

import asyncio
import logging
import time

from gateway.errors import StoreUnavailableError
from gateway.ledger.store import Store
from gateway.model.client import ModelClient

VALID_SECONDS = 1.0
STORE_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Readiness:
    """One check at a time, whose result is valid for a second: whoever asks, and however often,
    costs the model and the store at most one call a second."""

    def __init__(self, model: ModelClient, store: Store) -> None:
        self._model = model
        self._store = store
        self._outage: str | None = None
        self._valid_until = 0.0
        self._lock = asyncio.Lock()

    async def find_outage(self) -> str | None:
        """The parts that cannot be reached, as a sentence; None if all can."""
        async with self._lock:
            if time.monotonic() > self._valid_until:
                self._outage = await self._check()
                self._valid_until = time.monotonic() + VALID_SECONDS
            return self._outage

    async def _check(self) -> str | None:
        model, store = await asyncio.gather(self._model.is_ready(), self._is_store_ready())
        missing = [name for name, ready in (("model", model), ("store", store)) if not ready]
        return f"the {' and the '.join(missing)} cannot be reached" if missing else None

    async def _is_store_ready(self) -> bool:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._store.check()
        except (StoreUnavailableError, TimeoutError) as error:
            _log.warning("the store does not answer: %s", str(error) or "timeout")
            return False
        return True
