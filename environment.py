"""Settings from environment variables: a struct whose fields are the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from problem_details import describe

Settings = TypeVar("Settings", bound=msgspec.Struct)


class SettingsError(Exception):
    """A setting has a wrong value or an old name; the message names it."""


def load(
    kind: type[Settings], environment: Mapping[str, str], *, renamed: Mapping[str, str]
) -> Settings:
    """Read settings; an empty value counts as unset.

    Args:
        kind: a struct with `rename="upper"`; each field is read from the variable of that name.
        environment: the variables.
        renamed: names that settings had in earlier versions, and their names now.

    Raises:
        SettingsError: a value has the wrong type or is out of range, or a setting is given by an
            old name.
    """
    for old, new in renamed.items():
        if environment.get(old):
            raise SettingsError(f"{old}: was renamed to {new}")
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    given = {name: value for name, value in environment.items() if name in names and value}
    try:
        return msgspec.convert(
            given, kind, strict=False, dec_hook=lambda wanted, value: wanted(value)
        )
    except msgspec.ValidationError as error:
        name, detail = msgspec.structs.astuple(describe(str(error), kind=kind, in_text=True))
        raise SettingsError(f"{name}={given.get(name, '')!r}: {detail}") from None
