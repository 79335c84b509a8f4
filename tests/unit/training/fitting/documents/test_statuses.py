"""Our statuses as training documents."""

from training.fitting.documents.plain_sentences import plain_sentences
from training.fitting.documents.statuses import statuses


def test_statuses_are_neutral_and_name_an_activity_in_several_forms() -> None:
    kinds = dict(plain_sentences())
    assert {kinds[status] for status in statuses()} == {"neutral"}
    for activity in ("waiting for the bus", "doing laundry", "airport"):
        assert sum(activity in status for status in statuses()) > 5
    pairs = [status.split(" and then ") for status in statuses() if " and then " in status]
    assert pairs
    assert not [first for first, second in pairs if first == second]
