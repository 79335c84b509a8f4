"""The gateway's settings: environment variables, their types, defaults and meaning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

import environment
import host_guard
from environment import SettingsError

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]


RENAMED = {
    "ATTEMPT_SECONDS": "GATEWAY_MODEL_CALL_SECONDS",
    "AUTH": "GATEWAY_AUTH",
    "DRAIN_SECONDS": "GATEWAY_DRAIN_SECONDS",
    "EAGER_COMMENTS": "BATCH_MIN_COMMENTS",
    "LOG_LEVEL": "GATEWAY_LOG_LEVEL",
    "MAX_WAITING": "GATEWAY_MAX_REQUESTS",
    "MAX_WAIT_SECONDS": "GATEWAY_MAX_QUEUE_SECONDS",
    "METRICS_PORT": "GATEWAY_METRICS_PORT",
    "REQUEST_SECONDS": "GATEWAY_REQUEST_SECONDS",
    "REST": "BATCH_PAUSE_FACTOR",
    "RETENTION_DAYS": "GATEWAY_RETENTION_DAYS",
    "SHUTDOWN_SECONDS": "GATEWAY_SHUTDOWN_SECONDS",
    "SQLITE_PATH": "GATEWAY_SQLITE_PATH",
    "STORE": "GATEWAY_STORE",
    "TOKENS": "GATEWAY_TOKENS",
    "TOKENS_FILE": "GATEWAY_TOKENS_FILE",
}


class Settings(msgspec.Struct, frozen=True, rename="upper", kw_only=True):
    """Each field is read from the environment variable of its name in capitals."""

    gateway_host: Annotated[str, msgspec.Meta(description="Address to listen on.")] = "127.0.0.1"
    gateway_port: Annotated[Port, msgspec.Meta(description="Port to listen on.")] = 8000
    microservice_url: Annotated[
        str,
        msgspec.Meta(description="The Bento: a base URL, or the URL of its `/sentiment`."),
    ] = "http://127.0.0.1:3000"
    microservice_ca_file: Annotated[
        Path | None,
        msgspec.Meta(
            description="Authorities that may sign the Bento's certificate, as PEM, for https;"
            " followed when it changes. Unset: the system's."
        ),
    ] = None
    gateway_store: Annotated[
        Literal["sqlite", "dynamodb"] | None,
        msgspec.Meta(
            description="The store of records: `sqlite` or `dynamodb`."
            " Unset: `dynamodb` if `DYNAMODB_TABLE_NAME` is set, else `sqlite`."
        ),
    ] = None
    gateway_sqlite_path: Annotated[
        Path, msgspec.Meta(description="File of the embedded store; its folder is created.")
    ] = Path(".data/comments.db")
    dynamodb_table_name: Annotated[
        str | None, msgspec.Meta(description="The DynamoDB table; `comments` if unset.")
    ] = None
    aws_region: Annotated[
        str | None, msgspec.Meta(description="The table's region; unset: the AWS configuration's.")
    ] = None
    gateway_request_seconds: Annotated[
        Seconds, msgspec.Meta(description="Time limit of a request.")
    ] = 10.0
    gateway_model_call_seconds: Annotated[
        Seconds, msgspec.Meta(description="Time limit of one call to the Bento.")
    ] = 2.0
    gateway_max_requests: Annotated[
        int,
        msgspec.Meta(ge=1, description="Requests in progress; beyond it new comments get 503."),
    ] = 1_024
    gateway_max_queue_seconds: Annotated[
        Seconds,
        msgspec.Meta(
            description="Time a comment may wait for a batch, or model or store may leave all calls"
            " unanswered; beyond it new ones get 503."
        ),
    ] = 1.0
    batch_min_comments: Annotated[
        int,
        msgspec.Meta(
            ge=1, description="Waiting comments that start a batch at once, without a pause."
        ),
    ] = 16
    batch_pause_factor: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=10,
            description="Pause between batches, as a multiple of the last call's duration.",
        ),
    ] = 4.0
    gateway_retention_days: Annotated[
        int,
        msgspec.Meta(ge=0, le=36_500, description="Days after which a record expires; 0: never."),
    ] = 0
    gateway_auth: Annotated[
        Literal["tokens", "none"] | None,
        msgspec.Meta(
            description="`tokens` requires tokens; `none` allows everything to everybody, also off"
            " loopback. Unset: `tokens` if there are any."
        ),
    ] = None
    gateway_tokens: Annotated[
        str,
        msgspec.Meta(
            description="Tokens, one a line: `NAME ROLE[,ROLE…] SHA256 [RATE] [until=DATE]`, with"
            " the roles `submit`, `read`, `correct` and `admin`, and a rate like `100/s` or"
            " `6000/min`. `python -m gateway --new-token` makes them."
        ),
    ] = ""
    gateway_tokens_file: Annotated[
        Path | None,
        msgspec.Meta(description="File with such lines, read again whenever it changes."),
    ] = None
    gateway_audit: Annotated[
        Literal["changes", "all", "none"],
        msgspec.Meta(
            description="What the logger `valence.audit` logs: corrections, deletions, exports and"
            " refused tokens, with `all` each new record, too."
        ),
    ] = "changes"
    gateway_cors_origins: Annotated[
        str,
        msgspec.Meta(
            description="Origins whose web pages may use the gateway, such as"
            " `https://www.example.com`, separated by commas."
        ),
    ] = ""
    gateway_hsts_seconds: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="Time for which browsers that had the page use HTTPS alone; 0: not said.",
        ),
    ] = 0
    gateway_metrics_port: Annotated[
        int,
        msgspec.Meta(ge=0, le=65_535, description="Port of the Prometheus metrics; 0: none."),
    ] = 9090
    gateway_metrics_host: Annotated[
        str | None, msgspec.Meta(description="Address of the metrics; unset: GATEWAY_HOST.")
    ] = None
    gateway_log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        msgspec.Meta(description="Level from which events are logged, as JSON, on standard error."),
    ] = "info"
    gateway_drain_seconds: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=600,
            description="On SIGTERM: time in which `/readyz` fails and requests are still served.",
        ),
    ] = 0.0
    gateway_shutdown_seconds: Annotated[
        Seconds,
        msgspec.Meta(description="On SIGTERM: time for requests in progress to finish."),
    ] = 20.0

    @property
    def cors_origins(self) -> list[str]:
        """The origins in GATEWAY_CORS_ORIGINS."""
        origins = (origin.strip().rstrip("/") for origin in self.gateway_cors_origins.split(","))
        return [origin for origin in origins if origin]

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the gateway."""
        return host_guard.is_loopback(self.gateway_host)

    @property
    def store_kind(self) -> Literal["sqlite", "dynamodb"]:
        return self.gateway_store or ("dynamodb" if self.dynamodb_table_name else "sqlite")

    @property
    def table(self) -> str:
        return self.dynamodb_table_name or "comments"

    @property
    def bento_url(self) -> str:
        """The Bento's base URL, without a trailing slash."""
        return self.microservice_url.rstrip("/").removesuffix("/sentiment").rstrip("/")


def load(variables: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; an empty value counts as unset.

    Raises:
        SettingsError: a value has the wrong type, is out of range or not a URL, or a setting is
            given by an old name.
    """
    settings = environment.load(Settings, variables, renamed=RENAMED)
    if not _is_bento_url(settings.microservice_url):
        url = settings.microservice_url
        raise SettingsError(f"MICROSERVICE_URL={url!r}: must be like http://HOST:PORT, or https")
    if settings.microservice_ca_file and not settings.microservice_url.startswith("https:"):
        raise SettingsError("MICROSERVICE_CA_FILE: MICROSERVICE_URL is not https")
    if settings.gateway_metrics_port == settings.gateway_port:
        raise SettingsError(
            f"GATEWAY_METRICS_PORT='{settings.gateway_metrics_port}': the same as GATEWAY_PORT"
        )
    for origin in settings.cors_origins:
        if not _is_origin(origin):
            raise SettingsError(
                f"GATEWAY_CORS_ORIGINS={origin!r}: must be like https://www.example.com"
            )
    return settings


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and text == f"{parts.scheme}://{parts.netloc}".lower()
            and "@" not in parts.netloc
            and "*" not in parts.netloc
        )
    except ValueError:
        return False


def _is_bento_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # `/sentiment` is the Bento's known route; the gateway calls others beside it.
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and "@" not in parts.netloc  # a user and a password would be ignored
            and parts.port != 0
            and parts.path.rstrip("/") in {"", "/sentiment"}
            and not (parts.query or parts.fragment)
        )
    except ValueError:
        return False
