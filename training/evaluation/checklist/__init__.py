"""The behaviour suite: the cases that `training.evaluation.behaviour` runs.

`words.toml` has words and templates that modules combine, `languages.toml` comments in other
languages. `reading.toml` and `opinions.toml` are complete: a new table is a new behaviour.
"""
