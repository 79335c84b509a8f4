from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from environment import SettingsError
from gateway import settings


def test_nothing_set_is_the_embedded_store_on_loopback() -> None:
    chosen = settings.load({})
    assert (chosen.gateway_host, chosen.gateway_port) == ("127.0.0.1", 8000)
    assert chosen.store_kind == "sqlite"
    assert chosen.bento_url == "http://127.0.0.1:3000"
    assert chosen.table == "comments"


def test_values_are_converted() -> None:
    chosen = settings.load(
        {"GATEWAY_PORT": "80", "GATEWAY_REQUEST_SECONDS": "2.5", "GATEWAY_SQLITE_PATH": "/a/b"}
    )
    assert chosen.gateway_port == 80
    assert chosen.gateway_request_seconds == 2.5
    assert chosen.gateway_sqlite_path == Path("/a/b")


def test_an_empty_value_counts_as_unset() -> None:
    assert settings.load({"GATEWAY_PORT": "", "GATEWAY_STORE": ""}) == settings.load({})


def test_the_known_name_of_the_table_chooses_dynamodb() -> None:
    chosen = settings.load({"DYNAMODB_TABLE_NAME": "mine"})
    assert (chosen.store_kind, chosen.table) == ("dynamodb", "mine")
    assert (
        settings.load({"DYNAMODB_TABLE_NAME": "mine", "GATEWAY_STORE": "sqlite"}).store_kind
        == "sqlite"
    )


@pytest.mark.parametrize(
    "url", ["http://b:1", "http://b:1/", "http://b:1/sentiment", "http://b:1/sentiment/"]
)
def test_the_bento_may_be_named_by_its_route(url: str) -> None:
    assert settings.load({"MICROSERVICE_URL": url}).bento_url == "http://b:1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_PORT", "http"),
        ("GATEWAY_PORT", "65536"),
        ("GATEWAY_REQUEST_SECONDS", "0"),
        ("GATEWAY_MODEL_CALL_SECONDS", "soon"),
        ("GATEWAY_STORE", "postgres"),
        ("MICROSERVICE_URL", "bento:3000"),
        ("MICROSERVICE_URL", "ftp://bento"),
        ("MICROSERVICE_URL", "https://user@bento"),
        ("MICROSERVICE_URL", "http://bento/elsewhere"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}='{value}': "):
        settings.load({name: value})


def test_the_bento_may_be_encrypted() -> None:
    variables = {"MICROSERVICE_URL": "https://bento:3000", "MICROSERVICE_CA_FILE": "/ca.crt"}
    chosen = settings.load(variables)
    assert chosen.bento_url == "https://bento:3000"
    assert chosen.microservice_ca_file == Path("/ca.crt")


def test_an_authority_that_would_be_ignored_is_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"^MICROSERVICE_CA_FILE: MICROSERVICE_URL is not https$"
    ):
        settings.load({"MICROSERVICE_CA_FILE": "/ca.crt"})


def test_a_wrong_value_is_explained_as_in_http() -> None:
    with pytest.raises(SettingsError, match=r"^GATEWAY_PORT='http': must be a whole number$"):
        settings.load({"GATEWAY_PORT": "http"})
    with pytest.raises(SettingsError, match=r"^GATEWAY_PORT='0': must be at least 1$"):
        settings.load({"GATEWAY_PORT": "0"})
    with pytest.raises(SettingsError, match=r": must be one of dynamodb, sqlite$"):
        settings.load({"GATEWAY_STORE": "postgres"})


@pytest.mark.parametrize(("old", "new"), settings.RENAMED.items())
def test_an_old_name_is_refused_with_the_new_one(old: str, new: str) -> None:
    with pytest.raises(SettingsError, match=f"^{old}: was renamed to {new}$"):
        settings.load({old: "1"})
    assert new in {field.encode_name for field in msgspec.structs.fields(settings.Settings)}
