"""Everything about the gateway that the environment can set."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]


class SettingsError(Exception):
    """A setting has a value it cannot have; the message names it."""


class Settings(msgspec.Struct, frozen=True, rename="upper", kw_only=True):
    """One attribute a setting; its environment variable is the same name in capitals."""

    gateway_host: Annotated[str, msgspec.Meta(description="Address to listen on.")] = "127.0.0.1"
    gateway_port: Annotated[Port, msgspec.Meta(description="Port to listen on.")] = 8000
    microservice_url: Annotated[
        str,
        msgspec.Meta(description="The Bento: a base URL, or the URL of its `/sentiment`."),
    ] = "http://127.0.0.1:3000"
    store: Annotated[
        Literal["sqlite", "dynamodb"] | None,
        msgspec.Meta(
            description="Where records go: `sqlite` or `dynamodb`."
            " Unset: `dynamodb` if `DYNAMODB_TABLE_NAME` is set, else `sqlite`."
        ),
    ] = None
    sqlite_path: Annotated[
        Path, msgspec.Meta(description="The embedded store's file; its folder is made.")
    ] = Path(".data/comments.db")
    dynamodb_table_name: Annotated[
        str | None, msgspec.Meta(description="The DynamoDB table; `comments` if unset.")
    ] = None
    aws_region: Annotated[
        str | None, msgspec.Meta(description="The table's region; else where boto3 finds one.")
    ] = None
    request_seconds: Annotated[Seconds, msgspec.Meta(description="Time a request has in all.")] = (
        10.0
    )
    attempt_seconds: Annotated[
        Seconds, msgspec.Meta(description="Time one call to the Bento has.")
    ] = 2.0
    max_waiting: Annotated[
        int,
        msgspec.Meta(ge=1, description="Requests under way at most; new comments get 503 then."),
    ] = 1_024
    max_wait_seconds: Annotated[
        Seconds,
        msgspec.Meta(description="While a comment waits longer for its turn, new ones get 503."),
    ] = 1.0
    eager_comments: Annotated[
        int,
        msgspec.Meta(
            ge=1, description="So many waiting comments make a call to the Bento at once."
        ),
    ] = 32
    rest: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=10,
            description="Otherwise the next call waits for so many times as long as the last took.",
        ),
    ] = 4.0
    retention_days: Annotated[
        int,
        msgspec.Meta(
            ge=0, le=36_500, description="Days after which a record is removed; 0: never."
        ),
    ] = 0
    auth: Annotated[
        Literal["tokens", "none"] | None,
        msgspec.Meta(
            description="`none` lets everybody do everything, also off loopback."
            " Unset: `tokens` if there are any."
        ),
    ] = None
    tokens: Annotated[
        str,
        msgspec.Meta(
            description="Tokens, one a line: `NAME ROLE[,ROLE…] SHA256`, with the roles"
            " `submit`, `read` and `admin`. `python -m gateway --new-token` makes them."
        ),
    ] = ""
    tokens_file: Annotated[
        Path | None, msgspec.Meta(description="A file of such lines, read at the start.")
    ] = None
    metrics_port: Annotated[
        int, msgspec.Meta(ge=0, le=65_535, description="Port of the Prometheus metrics; 0: none.")
    ] = 9090
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        msgspec.Meta(description="What is logged, as JSON, on standard error."),
    ] = "info"
    drain_seconds: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=600,
            description="On SIGTERM: time in which `/readyz` says no and requests are still taken.",
        ),
    ] = 0.0
    shutdown_seconds: Annotated[
        Seconds, msgspec.Meta(description="Time that requests under way have to finish on SIGTERM.")
    ] = 20.0

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the gateway."""
        try:
            return ipaddress.ip_address(self.gateway_host).is_loopback
        except ValueError:
            return self.gateway_host == "localhost"

    @property
    def store_kind(self) -> Literal["sqlite", "dynamodb"]:
        return self.store or ("dynamodb" if self.dynamodb_table_name else "sqlite")

    @property
    def table(self) -> str:
        return self.dynamodb_table_name or "comments"

    @property
    def bento_url(self) -> str:
        """The Bento's base URL, without a trailing slash."""
        return self.microservice_url.rstrip("/").removesuffix("/sentiment").rstrip("/")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; an empty value counts as unset.

    Raises:
        SettingsError: a value is of the wrong type, out of range or not a URL.
    """
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    given = {name: value for name, value in environ.items() if name in known and value}
    try:
        settings = msgspec.convert(
            given, Settings, strict=False, dec_hook=lambda wanted, value: wanted(value)
        )
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        name = path.rstrip("`")
        raise SettingsError(f"{name}={given.get(name, '')!r}: {message}{_allowed(name)}") from None
    try:
        url = urlsplit(settings.microservice_url)
        known_url = url.scheme == "http" and bool(url.hostname) and url.port != 0
        # `/sentiment` is the Bento's best known route; we call others beside it.
        known_url &= url.path.rstrip("/") in {"", "/sentiment"} and not (url.query or url.fragment)
    except ValueError:
        known_url = False
    if not known_url:
        raise SettingsError(
            f"MICROSERVICE_URL={settings.microservice_url!r}: expected http://HOST:PORT"
        )
    if settings.metrics_port == settings.gateway_port:
        raise SettingsError(f"METRICS_PORT='{settings.metrics_port}': is GATEWAY_PORT, too")
    return settings


def _allowed(name: str) -> str:
    """What a setting with a few possible values may be, as the end of a sentence."""
    hint = get_type_hints(Settings).get(name.lower())
    choices = [hint, *get_args(hint)]
    values = [
        value for choice in choices if get_origin(choice) is Literal for value in get_args(choice)
    ]
    return f", expected one of {', '.join(values)}" if values else ""
