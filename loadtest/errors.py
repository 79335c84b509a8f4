"""What a command ends with, as one line."""


class LoadTestError(Exception):
    """It could not be measured; the message says why."""
