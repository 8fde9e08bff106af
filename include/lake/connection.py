"""Connections to the lake for Python; dbt makes its own from `dbt/profiles.yml`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from include.errors import CodexError
from include.lake.session import limit_spill, limits, memory_errors
from include.settings import home, settings
from include.store.address import store_url
from include.store.connection import connect, locked, redacted
from include.store.exclusive import exclusively

CATALOG_SCHEMA = "codex_lake"
"""The schema in the store that holds the lake's catalog."""

INLINED_ROWS = 200
"""Inserts up to this many rows stay in the catalog instead of becoming a Parquet file each."""


class Lake:
    """How to reach one lake: the store's URL, the folder or bucket of its files, the installed extensions."""

    def __init__(self, store_url: str, path: str, extensions: Path) -> None:
        self.store_url = store_url
        self.path = path
        self.extensions = extensions

    @contextmanager
    def connect(self, *, store: bool = False, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB session whose default database is the lake; with `store`, the PostgreSQL is attached as `store`.

        Timestamps are in UTC. `threads` where fewer do than the setting allows. Raises CodexError when the catalog
        can't be reached, or a statement needs more memory than the setting allows.
        """
        config: dict[str, Any] = {
            **limits(),
            "extension_directory": str(self.extensions),
            "autoinstall_known_extensions": False,
            # Their signatures were checked when they were installed (include/lake/extensions.py); to check 78 MB again
            # at each connection took two thirds of it.
            "allow_unsigned_extensions": True,
        }
        if threads is not None:
            config["threads"] = min(threads, config["threads"])
        connection = duckdb.connect(":memory:", config=config)
        try:
            limit_spill(connection)
            for extension in ("postgres_scanner", "ducklake"):
                connection.load_extension(extension)
            if self.path.startswith("s3://"):
                connection.load_extension("httpfs")
            self._attach(connection, store=store)
            with memory_errors():
                yield connection
        finally:
            _close(connection)

    def store_rows(self, question: str, given: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of the store that holds the catalog, without a session of DuckDB."""
        with connect(self.store_url) as store:
            return store.execute(question, given).fetchall()

    def locked(self, lock: int) -> AbstractContextManager[None]:
        """One of the advisory locks of the lake's catalog for the time of a block, among all processes."""
        return locked(self.store_url, lock)

    def alone(self, what: str) -> AbstractContextManager[object]:
        """One process at a time does `what` to this lake, for the time of a block."""
        return exclusively(self.store_url, what)

    def snapshot(self, connection: duckdb.DuckDBPyConnection) -> int:
        """The number of the lake's state that the connection sees: it grows with each commit, whoever commits."""
        [(number,)] = connection.execute("select id from lake.current_snapshot()").fetchall()
        return int(number)

    def committed_snapshot(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """The number of the state that the connection's last commit made; None where it changed nothing yet."""
        [(number,)] = connection.execute("select id from lake.last_committed_snapshot()").fetchall()
        return None if number is None else int(number)

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Attach this lake to a session as `name`, beside what it has; the session has the extensions loaded."""
        url, path = (value.replace("'", "''") for value in (self.store_url, self.path))
        connection.execute(
            f"ATTACH 'ducklake:postgres:{url}' AS {name} "
            f"(DATA_PATH '{path}', METADATA_SCHEMA '{CATALOG_SCHEMA}', DATA_INLINING_ROW_LIMIT {INLINED_ROWS})"
        )

    def _attach(self, connection: duckdb.DuckDBPyConnection, *, store: bool) -> None:
        try:
            self.attach(connection, "lake")
            if store:
                url = self.store_url.replace("'", "''")
                connection.execute(f"ATTACH '{url}' AS store (TYPE postgres)")
        except duckdb.Error as error:
            with connect(self.store_url):
                pass  # where the store itself can't be used, this says so, and what to do
            reason = str(error).replace(self.store_url, redacted(self.store_url)).splitlines()[0]
            raise CodexError(f"The lake's catalog in {redacted(self.store_url)} can't be opened: {reason}.") from None
        connection.execute("USE lake")
        connection.execute("SET TimeZone = 'UTC'")


def configured_lake() -> Lake:
    """The lake of this installation."""
    return Lake(store_url(), settings().lake_path, home().extensions)


class WarmLake(Lake):
    """A lake that stays attached: what connects to it shares one DuckDB, each with a session of its own.

    For many short connections in one process. `close()` lets go of it.
    """

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake.store_url, lake.path, lake.extensions)
        self._stack = ExitStack()
        self._shared = self._stack.enter_context(super().connect(store=True))

    @contextmanager
    def connect(self, *, store: bool = False, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: ARG002 - both are as they were made
        """A session of its own; the store is attached, whether asked for or not."""
        session = self._shared.cursor()
        try:
            session.execute("USE lake")
            session.execute("SET TimeZone = 'UTC'")
            with memory_errors():
                yield session
        finally:
            _close(session)

    def close(self) -> None:
        """Detach; sessions that are open end, too."""
        self._stack.close()


def _close(session: duckdb.DuckDBPyConnection) -> None:
    """Close a session, also where PostgreSQL went away while it was in a transaction.

    DuckDB ends that transaction when it closes the session, and where this can't be done the process dies (`terminate
    called after throwing an instance of 'duckdb::Exception'`). Asked before, it is an error like others, and passes.
    """
    with suppress(duckdb.Error):
        session.rollback()
    session.close()
