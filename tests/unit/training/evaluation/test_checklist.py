"""The behaviour suite."""

from training.evaluation import checklist


def test_the_suite_has_some_hundred_cases_and_is_always_the_same() -> None:
    suite = checklist.suite()
    assert {each.kind for each in suite} == {"MFT", "INV", "DIR"}
    assert len({each.name for each in suite}) == len(suite)
    assert 500 < sum(len(each.cases) for each in suite) < 2_500
    assert [each.cases for each in suite] == [each.cases for each in checklist.suite()]


def test_cases_are_distinct_and_templates_are_filled_in() -> None:
    for behaviour in checklist.suite():
        assert {len(case) for case in behaviour.cases} == {1 if behaviour.kind == "MFT" else 2}
        assert len(set(behaviour.cases)) == len(behaviour.cases)
        for case in behaviour.cases:
            assert len(set(case)) == len(case)
            assert not any("{" in text for text in case)
