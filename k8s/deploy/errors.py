"""Why a deployment ends early."""

from __future__ import annotations

__all__ = ["DeployError", "Interrupted", "ProgramError"]


class DeployError(Exception):
    """Something is missing or wrong; the message says what, in one line."""


class ProgramError(DeployError):
    """A program failed that has already said why."""


class Interrupted(BaseException):
    """A signal asks this program to end."""

    def __init__(self, number: int) -> None:
        """
        Args:
            number: of the signal.
        """
        super().__init__("interrupted")
        self.number = number
