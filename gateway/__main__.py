"""`python -m gateway`: serve, or make the table."""

from __future__ import annotations

import signal
import sys

import click
import uvicorn

from gateway import dynamodb, settings, table
from gateway.app import SECURITY_HEADERS, create_app
from gateway.dynamodb import DynamoDBStore
from gateway.settings import Settings, SettingsError
from gateway.sqlite import SQLiteStore
from gateway.store import Store, StoreUnavailable


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--create-table",
    is_flag=True,
    help="Make the DynamoDB table with its index, time to live and point-in-time recovery, then"
    " end. May be run again at any time.",
)
def main(create_table: bool) -> None:
    """Serve the gateway. All settings come from the environment; the README lists them."""
    try:
        chosen = settings.load()
        if create_table:
            for line in table.create(dynamodb.connect(chosen.aws_region), chosen.table):
                click.echo(line)
        else:
            serve(chosen, open_store(chosen))
    except (SettingsError, StoreUnavailable) as error:
        sys.exit(f"gateway: {error}")


def open_store(chosen: Settings) -> Store:
    """
    Raises:
        StoreUnavailable: its file or its configuration cannot be used.
    """
    if chosen.store_kind == "sqlite":
        return SQLiteStore(chosen.sqlite_path)
    client = dynamodb.connect(chosen.aws_region)
    return DynamoDBStore(client, chosen.table, retry_seconds=chosen.request_seconds / 2)


def serve(chosen: Settings, store: Store) -> None:
    """Run until SIGTERM or SIGINT, then finish what was taken."""
    # Uvicorn raises the signal again when it is done, so that the process dies of it; ours ends.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    uvicorn.run(
        create_app(chosen, store),
        host=chosen.gateway_host,
        port=chosen.gateway_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        headers=SECURITY_HEADERS,
        timeout_graceful_shutdown=int(chosen.shutdown_seconds),
    )


if __name__ == "__main__":
    main()
