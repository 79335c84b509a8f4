"""The behaviour suite."""

from training.evaluation.behaviour import Behaviour
from training.evaluation.checklist.directions import directions
from training.evaluation.checklist.functions import functions
from training.evaluation.checklist.invariances import invariances
from training.evaluation.checklist.labelled import labelled

__all__ = ["suite"]


def suite() -> list[Behaviour]:
    """All behaviours, always with the same cases in the same order."""
    return [*functions(), *labelled(), *invariances(), *directions()]
