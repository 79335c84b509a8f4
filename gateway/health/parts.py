"""The two parts that all gateways share, as one of them knows them."""

from __future__ import annotations

from gateway.errors import ModelFailedError, StoreUnavailableError, UnavailableError
from gateway.health.dependency import Dependency
from gateway.ledger.store import Store
from gateway.model.client import ModelClient


class Parts:
    """The model and the store."""

    def __init__(self, model: ModelClient, store: Store, max_silence: float) -> None:
        """To be created while an event loop runs.

        Args:
            model: its client.
            store: of the records.
            max_silence: seconds without any answer after which a part counts as out.
        """
        self.model = Dependency(
            "model", model.check, max_silence=max_silence, is_outage=_is_outage_of_model
        )
        self.store = Dependency(
            "store", store.check, max_silence=max_silence, is_outage=_is_outage_of_store
        )

    def find_refusal(self, *, recorded: bool = True) -> str | None:
        """Why a comment is refused at once, as a sentence; None if it is not.

        Args:
            recorded: whether it would be recorded.
        """
        return self.model.refusal or (self.store.refusal if recorded else None)

    def find_failure(self) -> str | None:
        """Why a part is known to be out; None if both work as far as is known."""
        return self.model.failure or self.store.failure

    async def close(self) -> None:
        """Stop checking."""
        await self.model.close()
        await self.store.close()


def _is_outage_of_model(error: Exception) -> bool:
    return isinstance(error, UnavailableError) and not isinstance(error, ModelFailedError)


def _is_outage_of_store(error: Exception) -> bool:
    return isinstance(error, StoreUnavailableError)
