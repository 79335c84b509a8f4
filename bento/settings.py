"""The service's settings: environment variables, their types, defaults and meaning."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Settings", "SettingsError", "read"]

_ARTIFACT = str(Path(__file__).parent / "artifact")


class SettingsError(Exception):
    """A setting has a value it cannot have; the message names it."""


class Settings(msgspec.Struct, frozen=True, rename="upper"):
    """Each field is read from the environment variable of its name in capitals."""

    artifact_dir: Annotated[
        str, Meta(min_length=1, description="Folder of the artifact the service answers with.")
    ] = _ARTIFACT
    bento_host: Annotated[
        str, Meta(min_length=1, description="Address `python -m bento` listens on.")
    ] = "127.0.0.1"
    bento_port: Annotated[
        int, Meta(ge=1, le=65535, description="Port `python -m bento` listens on.")
    ] = 3000


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment. Raises SettingsError."""
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    given = {name: value for name, value in environment.items() if name in known and value}
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        reason, _, name = str(error).partition(" - at `$.")
        name = name.rstrip("`")
        raise SettingsError(f"{name}={given.get(name)!r}: {reason}") from None
