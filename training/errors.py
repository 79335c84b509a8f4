"""Errors that the user can correct."""

__all__ = ["DataError", "RefusedError"]


class DataError(Exception):
    """Data is missing or unusable; the message says which and why."""


class RefusedError(DataError):
    """The gate refused an artifact, or a comparison exceeds a limit that the user gave; the message
    names the figures."""
