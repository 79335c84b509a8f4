"""`python -m gateway`: serve, create the table, or make a token."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

import click

import http_server
import metrics_server
import reporting
from environment import SettingsError
from gateway import logs, metrics, settings, tracing
from gateway.comments import Comments
from gateway.errors import StoreUnavailableError
from gateway.health.readiness import Readiness
from gateway.http.access import audit, reload, tokens
from gateway.http.access.tokens import Tokens, TokensError
from gateway.http.app import Application
from gateway.importing.command import import_file
from gateway.ledger.service import Ledger
from gateway.ledger.store import Store
from gateway.model.client import ModelClient
from gateway.settings import Settings
from gateway.stores.dynamodb import client, table
from gateway.stores.dynamodb.store import DynamoDBStore
from gateway.stores.measured import MeasuredStore
from gateway.stores.sqlite.store import SQLiteStore
from http_server import Interfaces

# New objects after which Python looks for reference cycles.
GARBAGE_THRESHOLD = 50_000


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
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
    help="Make a token for NAME with roles out of submit, read, correct and admin; print it, and"
    " its line for GATEWAY_TOKENS or GATEWAY_TOKENS_FILE; then exit.",
)
@click.pass_context
def main(context: click.Context, create_table: bool, new_token: tuple[str, str] | None) -> None:
    """Serve the gateway. All settings come from the environment; gateway/README.md lists them."""
    if context.invoked_subcommand:
        return
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
        reporting.end("gateway", error)


main.add_command(import_file)


def read_tokens(chosen: Settings) -> Tokens:
    """The tokens of the settings and of their file.

    Raises:
        SettingsError: there are no tokens though the settings require some, there are tokens that
            would be ignored, or a line is invalid.
    """
    try:
        known = Tokens(read_token_lines(chosen))
    except TokensError as error:
        # Each for itself was valid.
        raise SettingsError(f"GATEWAY_TOKENS and GATEWAY_TOKENS_FILE: {error}") from None
    if chosen.gateway_auth == "none":
        if known:
            raise SettingsError("GATEWAY_AUTH='none': there are tokens, which would be ignored")
    elif not known and (chosen.gateway_auth == "tokens" or not chosen.on_loopback):
        raise SettingsError(
            f"GATEWAY_TOKENS: there are none, and GATEWAY_HOST={chosen.gateway_host!r};"
            " GATEWAY_AUTH=none would admit everybody"
        )
    return known


def read_token_lines(chosen: Settings) -> str:
    """The lines of the settings and of their file.

    Raises:
        SettingsError: the file cannot be read, or a line is invalid.
    """
    sources = {"GATEWAY_TOKENS": chosen.gateway_tokens}
    if chosen.gateway_tokens_file:
        name = f"GATEWAY_TOKENS_FILE='{chosen.gateway_tokens_file}'"
        try:
            sources[name] = chosen.gateway_tokens_file.read_text()
        except OSError as error:
            raise SettingsError(f"{name}: the file cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SettingsError(f"{name}: the file is not UTF-8 text") from None
    for name, lines in sources.items():
        try:
            Tokens(lines)
        except TokensError as error:
            raise SettingsError(f"{name}: {error}") from None
    return "\n".join(sources.values())


def open_store(chosen: Settings) -> Store:
    """
    Raises:
        StoreUnavailableError: its file or its configuration cannot be used.
    """
    if chosen.store_kind == "sqlite":
        return MeasuredStore(SQLiteStore(chosen.gateway_sqlite_path))
    dynamodb = client.Client(chosen.aws_region)
    retry_seconds = chosen.gateway_request_seconds / 2
    return MeasuredStore(DynamoDBStore(dynamodb, chosen.table, retry_seconds=retry_seconds))


def run(chosen: Settings, known: Tokens, store: Store) -> None:
    """Serve until SIGTERM or SIGINT, then finish the accepted requests."""
    logs.configure(chosen.gateway_log_level, chosen.gateway_audit)
    tracing.start()
    collect_garbage_seldom()
    http_server.run(serve(chosen, known, store))


async def serve(chosen: Settings, known: Tokens, store: Store) -> bool:
    """Open the parts, serve, and close the parts.

    Returns:
        Whether all connections have ended.

    Raises:
        SettingsError: a port cannot be used.
        MisconfiguredError: the store cannot be used as it is configured.
    """
    metrics.announce()
    model = ModelClient(
        chosen.bento_url,
        call_seconds=chosen.gateway_model_call_seconds,
        ca_file=chosen.microservice_ca_file,
    )
    serving_metrics = metrics_server.serving(
        chosen.gateway_metrics_host or chosen.gateway_host,
        chosen.gateway_metrics_port,
        "GATEWAY_METRICS_PORT",
        # They have no tokens.
        guards=chosen.gateway_auth != "none",
    )
    async with model, serving_metrics, fresh_tokens(chosen, known), audit.flushing():
        comments = Comments(model, store, chosen)
        ledger = Ledger(store, chosen)
        readiness = Readiness({"model": model.check, "store": store.check})
        app = Application(comments, ledger, readiness, known, chosen)
        starting = asyncio.create_task(readiness.start())
        have_ended = await http_server.serve(
            http_server.Server(
                app, Interfaces.RSGI, chosen.gateway_host, chosen.gateway_port, "GATEWAY_PORT"
            ),
            drain_seconds=chosen.gateway_drain_seconds,
            shutdown_seconds=chosen.gateway_shutdown_seconds,
            on_drain=app.start_draining,
            is_idle=lambda: app.is_idle,
            needs=starting,
        )
        await comments.drain()
        await readiness.close()
    await store.close()
    tracing.stop()
    if starting.done():
        starting.result()
    return have_ended


@contextlib.asynccontextmanager
async def fresh_tokens(chosen: Settings, known: Tokens) -> AsyncIterator[None]:
    """Read the tokens again when their file changes, also if it has none yet."""
    if chosen.gateway_auth == "none" or not chosen.gateway_tokens_file:
        yield
        return
    watching = asyncio.create_task(reload.watch(known, lambda: read_token_lines(chosen)))
    try:
        yield
    finally:
        watching.cancel()


def collect_garbage_seldom() -> None:
    """Imported objects stay, and requests leave few reference cycles behind. At Python's own pace
    the collector would take a tenth of the time under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


if __name__ == "__main__":
    main()
