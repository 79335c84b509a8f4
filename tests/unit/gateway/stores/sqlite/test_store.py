from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from gateway.errors import StoreUnavailableError
from gateway.stores.sqlite.store import SQLiteStore


async def test_every_connection_syncs_fully(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "comments.db")
    await store.get("")
    pragmas = [
        (
            connection.execute("PRAGMA journal_mode").fetchone()[0],
            connection.execute("PRAGMA synchronous").fetchone()[0],
        )
        for connection in store._connections
    ]
    await store.close()
    full = 2
    assert pragmas == [("wal", full)] * 2


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    path.write_text("not a database, but a text that somebody keeps here")
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        SQLiteStore(path)
    assert path.read_text().startswith("not a database")


def test_a_table_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with contextlib.closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE comments (text TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailableError, match="`comments` is not one of Valence"):
        SQLiteStore(path)
    assert path.read_bytes() == before
