"""The Bento's settings."""

from pathlib import Path

import pytest

from bento.settings import Settings, load
from environment import SettingsError


def test_defaults() -> None:
    assert load({}) == Settings()
    assert load({"HOME": "/x"}).bento_port == 3000


def test_values_come_from_the_environment() -> None:
    digest = f"sha256:{'0' * 64}"
    values = {"BENTO_ARTIFACT_DIR": "/a", "BENTO_ARTIFACT_DIGEST": digest}
    own = load({**values, "BENTO_HOST": "0.0.0.0", "BENTO_PORT": "80"})
    assert own == Settings("/a", digest, bento_host="0.0.0.0", bento_port=80)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BENTO_PORT", "x"),
        ("BENTO_PORT", "65536"),
        ("BENTO_PORT", "0"),
        ("BENTO_ARTIFACT_DIGEST", "0" * 64),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}='{value}'"):
        load({name: value})


@pytest.mark.parametrize("name", ["BENTO_TLS_CERTIFICATE_FILE", "BENTO_TLS_KEY_FILE"])
def test_a_certificate_comes_with_its_key(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^BENTO_TLS_CERTIFICATE_FILE and .*: one is not set$"):
        load({name: "/etc/tls"})
    own = load({"BENTO_TLS_CERTIFICATE_FILE": "/etc/c", "BENTO_TLS_KEY_FILE": "/etc/k"})
    assert own.certificate == (Path("/etc/c"), Path("/etc/k"))
    assert load({}).certificate is None


def test_an_empty_value_counts_as_unset() -> None:
    assert load({"BENTO_PORT": "", "BENTO_ARTIFACT_DIR": ""}) == Settings()


def test_the_old_name_is_refused_with_the_new_one() -> None:
    with pytest.raises(SettingsError, match=r"^ARTIFACT_DIR: was renamed to BENTO_ARTIFACT_DIR$"):
        load({"ARTIFACT_DIR": "/a"})
