"""Errors that the user can correct."""

__all__ = ["DataError", "RefusedError"]


class DataError(Exception):
    """Data is missing or unusable; the message says which and why."""


class RefusedError(DataError):
    """The gate refused the artifact; the message names domains and figures."""
