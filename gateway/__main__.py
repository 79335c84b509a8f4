"""`python -m gateway`: serve, create the table, or make a token."""

from __future__ import annotations

import gc
import signal
import sys

import click
import prometheus_client
import uvloop

from environment import SettingsError
from gateway import logs, settings
from gateway.comments import Comments
from gateway.errors import StoreUnavailableError
from gateway.http import tokens
from gateway.http.app import create_app
from gateway.http.tokens import Tokens, TokensError
from gateway.model.client import ModelClient
from gateway.server.server import Server
from gateway.settings import Settings
from gateway.stores.base import Store
from gateway.stores.dynamodb import client, table
from gateway.stores.dynamodb.store import DynamoDBStore
from gateway.stores.sqlite import SQLiteStore

# New objects after which Python looks for reference cycles.
GARBAGE_THRESHOLD = 50_000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--create-table",
    is_flag=True,
    help="Create the DynamoDB table with its index, time to live and point-in-time recovery, then"
    " exit. Idempotent.",
)
@click.option(
    "--new-token",
    nargs=2,
    metavar="NAME ROLE[,ROLE…]",
    help="Make a token for NAME with roles out of submit, read and admin; print it, and its line"
    " for GATEWAY_TOKENS or GATEWAY_TOKENS_FILE; then exit.",
)
def main(create_table: bool, new_token: tuple[str, str] | None) -> None:
    """Serve the gateway. All settings come from the environment; gateway/README.md lists them."""
    try:
        chosen = settings.load()
        if new_token:
            token, line = tokens.new(*new_token)
            click.echo(f"token: {token}\nline:  {line}")
        elif create_table:
            for line in table.create(client.connect(chosen.aws_region), chosen.table):
                click.echo(line)
        else:
            run(chosen, read_tokens(chosen), open_store(chosen))
    except (SettingsError, StoreUnavailableError, TokensError) as error:
        sys.exit(f"gateway: {error}")


def read_tokens(chosen: Settings) -> Tokens:
    """The tokens of the settings and of their file.

    Raises:
        SettingsError: there are no tokens though the settings require some, there are tokens that
            would be ignored, or a line is invalid.
    """
    lines = chosen.gateway_tokens
    if chosen.gateway_tokens_file:
        try:
            lines += "\n" + chosen.gateway_tokens_file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"GATEWAY_TOKENS_FILE='{chosen.gateway_tokens_file}': {error}"
            ) from None
    try:
        known = Tokens(lines)
    except TokensError as error:
        name = "GATEWAY_TOKENS_FILE" if chosen.gateway_tokens_file else "GATEWAY_TOKENS"
        raise SettingsError(f"{name}: {error}") from None
    if chosen.gateway_auth == "none":
        if known:
            raise SettingsError("GATEWAY_AUTH='none': there are tokens, which would be ignored")
    elif not known and (chosen.gateway_auth == "tokens" or not chosen.on_loopback):
        raise SettingsError(
            f"GATEWAY_TOKENS: there are none, and GATEWAY_HOST={chosen.gateway_host!r};"
            " GATEWAY_AUTH=none would admit everybody"
        )
    return known


def open_store(chosen: Settings) -> Store:
    """
    Raises:
        StoreUnavailableError: its file or its configuration cannot be used.
    """
    if chosen.store_kind == "sqlite":
        return SQLiteStore(chosen.gateway_sqlite_path)
    dynamodb = client.Client(chosen.aws_region)
    return DynamoDBStore(dynamodb, chosen.table, retry_seconds=chosen.gateway_request_seconds / 2)


def run(chosen: Settings, known: Tokens, store: Store) -> None:
    """Serve until SIGTERM or SIGINT, then finish the accepted requests.

    Raises:
        SettingsError: the port of the metrics cannot be used.
    """
    logs.configure(chosen.gateway_log_level)
    if chosen.gateway_metrics_port:
        try:
            prometheus_client.start_http_server(chosen.gateway_metrics_port, chosen.gateway_host)
        except OSError as error:
            raise SettingsError(
                f"GATEWAY_METRICS_PORT='{chosen.gateway_metrics_port}': {error.strerror}"
            ) from None
    # Uvicorn raises the signal again after its shutdown; the default handler would kill us.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    collect_garbage_seldom()
    if not uvloop.run(serve(chosen, known, store)):
        sys.exit(1)


async def serve(chosen: Settings, known: Tokens, store: Store) -> bool:
    """Open the parts, serve, and close the parts; False if the server did not start."""
    model = ModelClient(chosen.bento_url, call_seconds=chosen.gateway_model_call_seconds)
    async with model:
        comments = Comments(model, store, chosen)
        server = Server(
            lambda is_draining: create_app(comments, known, is_draining),
            chosen,
            is_crowded=comments.is_crowded,
        )
        await server.serve()
        await comments.drain()
    await store.close()
    return server.started


def collect_garbage_seldom() -> None:
    """Imported objects stay, and requests leave few reference cycles behind. At Python's own pace
    the collector would take a tenth of the time under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


if __name__ == "__main__":
    main()
