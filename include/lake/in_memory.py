"""A lake in memory: a copy of one, for thousands of short runs that nobody else looks at meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import duckdb

from include.errors import CodexError
from include.lake.connection import Lake, WarmLake

_ORIGIN = "lake_that_was_copied"
"""The name that the lake itself is attached by. No name in a view's definition is like it."""


class OfOneProcess(Lake):
    """A lake that nobody else reaches: nobody waits for a turn, and no commit is another's."""

    def alone(self, what: str) -> AbstractContextManager[None]:  # noqa: ARG002 - whatever it is
        """At once."""
        return nullcontext()

    def snapshot(self, connection: duckdb.DuckDBPyConnection) -> int:  # noqa: ARG002 - there are none
        """Always the same: only this process writes."""
        return 0

    def committed_snapshot(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Always the same."""
        return self.snapshot(connection)


class LakeInMemory(OfOneProcess, WarmLake):
    """All tables and views of a lake, copied; what connects works on the copy under the lake's own names.

    A table of some thousand rows is built in memory in a quarter of the time that it takes in the lake, where each look
    at a table asks the catalog what belongs to it. Nothing of the lake changes until `bring_back`.
    """

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Attach the copy as `name`, and make it."""
        super().attach(connection, _ORIGIN)
        connection.execute(f"ATTACH ':memory:' AS {name}")
        for schema, table in _tables(connection, _ORIGIN):
            connection.execute(f"create schema if not exists {name}.{schema}")
            connection.execute(f"create table {name}.{schema}.{table} as from {_ORIGIN}.{schema}.{table}")
        # The catalog gives a view's definition with the name that the lake is attached as.
        waiting = connection.execute(
            "select schema_name, replace(sql, ?, ?) from duckdb_views() where database_name = ? and not internal",
            [f"{_ORIGIN}.", f"{name}.", _ORIGIN],
        ).fetchall()
        while waiting:
            left = [view for view in waiting if not _made(connection, name, *view)]
            if len(left) == len(waiting):
                raise CodexError(f"A view of the lake reads a table that is not there: {left[0][1]}")
            waiting = left

    def bring_back(self) -> None:
        """Make the lake what its copy has become, in one transaction."""
        with self.connect() as session:
            session.begin()
            for schema, table in _tables(session, "lake"):
                session.execute(f"delete from {_ORIGIN}.{schema}.{table}")  # noqa: S608 - names of our own tables
                session.execute(f"insert into {_ORIGIN}.{schema}.{table} by name from lake.{schema}.{table}")
            session.commit()


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> Iterator[tuple[str, str]]:
    yield from connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? and not internal order by all",
        [database],
    ).fetchall()


def _made(connection: duckdb.DuckDBPyConnection, database: str, schema: str, definition: str) -> bool:
    """Create a view, unless it reads one that does not exist yet."""
    connection.execute(f"create schema if not exists {database}.{schema}")
    connection.execute(f"use {database}.{schema}")
    try:
        connection.execute(definition)
    except duckdb.CatalogException:
        return False
    return True
