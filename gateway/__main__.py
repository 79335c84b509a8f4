"""`python -m gateway`: serve, make the table, or make a token."""

from __future__ import annotations

import gc
import signal
import sys

import click
import prometheus_client
import uvicorn

from gateway import logs, settings
from gateway.http import tokens
from gateway.http.app import HEADERS, create_app
from gateway.http.tokens import Tokens, TokensError
from gateway.server.server import Server
from gateway.server.shedding import Door
from gateway.settings import Settings, SettingsError
from gateway.stores.base import Store, StoreUnavailable
from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from gateway.stores.dynamodb.store import DynamoDBStore
from gateway.stores.sqlite import SQLiteStore

# New objects until cycles are looked for.
GARBAGE = 50_000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--create-table",
    is_flag=True,
    help="Make the DynamoDB table with its index, time to live and point-in-time recovery, then"
    " end. May be run again at any time.",
)
@click.option(
    "--new-token",
    nargs=2,
    metavar="NAME ROLE[,ROLE…]",
    help="Make a token for NAME with roles out of submit, read and admin; print it, and the line"
    " for TOKENS or TOKENS_FILE that makes it known; then end.",
)
def main(create_table: bool, new_token: tuple[str, str] | None) -> None:
    """Serve the gateway. All settings come from the environment; the README lists them."""
    try:
        chosen = settings.load()
        if new_token:
            token, line = tokens.new(*new_token)
            click.echo(f"token: {token}\nline:  {line}")
        elif create_table:
            for line in table.create(aws.connect(chosen.aws_region), chosen.table):
                click.echo(line)
        else:
            serve(chosen, read_tokens(chosen), open_store(chosen))
    except (SettingsError, StoreUnavailable, TokensError) as error:
        sys.exit(f"gateway: {error}")


def read_tokens(chosen: Settings) -> Tokens:
    """
    Raises:
        SettingsError: there are none where there must be, there are some that would not count, or
            a line cannot be read.
    """
    lines = chosen.tokens
    if chosen.tokens_file:
        try:
            lines += "\n" + chosen.tokens_file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"TOKENS_FILE='{chosen.tokens_file}': {error}") from None
    try:
        known = Tokens(lines)
    except TokensError as error:
        raise SettingsError(
            f"{'TOKENS_FILE' if chosen.tokens_file else 'TOKENS'}: {error}"
        ) from None
    if chosen.auth == "none":
        if known:
            raise SettingsError("AUTH='none': there are tokens, which would not count")
    elif not known and (chosen.auth == "tokens" or not chosen.on_loopback):
        raise SettingsError(
            f"TOKENS: none, and GATEWAY_HOST={chosen.gateway_host!r};"
            " AUTH=none would let everybody in"
        )
    return known


def open_store(chosen: Settings) -> Store:
    """
    Raises:
        StoreUnavailable: its file or its configuration cannot be used.
    """
    if chosen.store_kind == "sqlite":
        return SQLiteStore(chosen.sqlite_path)
    endpoint = aws.Endpoint(chosen.aws_region)
    return DynamoDBStore(endpoint, chosen.table, retry_seconds=chosen.request_seconds / 2)


def serve(chosen: Settings, known: Tokens, store: Store) -> None:
    """Run until SIGTERM or SIGINT, then finish what was taken."""
    logs.configure(chosen.log_level)
    if chosen.metrics_port:
        try:
            prometheus_client.start_http_server(chosen.metrics_port, chosen.gateway_host)
        except OSError as error:
            raise SettingsError(f"METRICS_PORT='{chosen.metrics_port}': {error.strerror}") from None
    # Uvicorn raises the signal again when it is done, so that the process dies of it; ours ends.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    config = uvicorn.Config(
        create_app(chosen, store, known, lambda: server.draining),
        host=chosen.gateway_host,
        port=chosen.gateway_port,
        loop="uvloop",
        http=Door,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # who the client is matters to nobody here
        headers=HEADERS,
        # Longer than load balancers keep idle connections, so that none is closed under a request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(chosen.shutdown_seconds),
    )
    server = Server(
        config,
        drain_seconds=chosen.drain_seconds,
        request_seconds=chosen.request_seconds,
    )
    collect_seldom()
    server.run()
    if not server.started:
        sys.exit(1)


def collect_seldom() -> None:
    """What is imported stays, and what requests leave behind has few cycles: looking for these at
    Python's own pace takes a tenth of the time under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


if __name__ == "__main__":
    main()
