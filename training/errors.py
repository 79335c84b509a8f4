"""What can go wrong for a reason the user can mend."""

__all__ = ["DataError"]


class DataError(Exception):
    """Training or test data cannot be had or used; the message says which and why."""
