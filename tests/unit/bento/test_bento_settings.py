"""The Bento's settings."""

import pytest

from bento.settings import Settings, SettingsError, read


def test_defaults() -> None:
    assert read({}) == Settings()
    assert read({"HOME": "/x"}).bento_port == 3000


def test_values_come_from_the_environment() -> None:
    own = read({"ARTIFACT_DIR": "/a", "BENTO_HOST": "0.0.0.0", "BENTO_PORT": "80"})
    assert own == Settings("/a", "0.0.0.0", 80)


@pytest.mark.parametrize(
    ("name", "value"),
    [("BENTO_PORT", "x"), ("BENTO_PORT", "65536"), ("BENTO_PORT", "0")],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}='{value}'"):
        read({name: value})


def test_an_empty_value_counts_as_unset() -> None:
    assert read({"BENTO_PORT": "", "ARTIFACT_DIR": ""}) == Settings()
