"""The error that ends a command with one line."""


class LoadTestError(Exception):
    """A measurement is not possible; the message says why."""


def reason(error: Exception) -> str:
    """Why an HTTP request failed, in the words of the innermost error that `requests` or `urllib3`
    wrapped."""
    wrapped = error.args[0] if error.args else error
    cause = getattr(error, "reason", None) or getattr(wrapped, "reason", None) or wrapped
    return str(cause).rpartition(": ")[2]
