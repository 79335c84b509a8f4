"""Errors of the gateway's core. `gateway.http.problems` translates them for HTTP clients."""

from __future__ import annotations


class GatewayError(Exception):
    """The base of all of them; its text is fit for clients."""


class InvalidInputError(GatewayError):
    """A value that the caller sent cannot be used."""

    def __init__(self, field: str, detail: str) -> None:
        """
        Args:
            field: the field's name.
            detail: what is wrong with it, as a predicate: "must not be blank".
        """
        super().__init__(detail)
        self.field = field


class NotFoundError(GatewayError):
    """There is no record with this id."""

    def __init__(self, comment_id: str) -> None:
        super().__init__(f"there is no comment {comment_id}")


class KeyReusedError(GatewayError):
    """The caller used this idempotency key for another comment."""

    def __init__(self) -> None:
        super().__init__("was used for another comment")


class UnavailableError(GatewayError):
    """A part that the gateway depends on is unavailable. Nothing was acknowledged."""


class TimedOutError(UnavailableError):
    """The work was not finished in time. Nothing was acknowledged."""


class ModelFailedError(UnavailableError):
    """The model answers, but it fails on this comment."""


class StoreUnavailableError(UnavailableError):
    """The store is temporarily unavailable: down, full, locked or throttled."""


class StoreThrottledError(StoreUnavailableError):
    """The store refuses what is more than it may be asked for."""


class MisconfiguredError(StoreUnavailableError):
    """The store cannot be used as it is configured. Waiting does not help; the text says what
    does."""
