"""What is doubled, or belongs to no memory, in any table of the lake or the served schema: found, and mended.

Nothing in the lake has a unique key. What a row is, the project's own tests say (`unique`, `unique_together`): a row
that is there twice goes once, and of several that differ the latest beat's stays. A row of a memory that neither the
source nor the lake ever held goes; a memory that was deleted is taken along by the rhythms, and is no finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from psycopg import sql

from include.lake.connection import Lake
from include.language_model.ledger import committed
from include.served.tables import served_tables
from include.settings import home
from include.store.connection import connect

SERVED = "codex_processed"
_OF_A_MEMORY = (
    "memory_id",
    "memory_a",
    "memory_b",
    "partner_id",
    "source_memory_id",
    "source_memory_1",
    "source_memory_2",
    "canonical_memory_id",
    "opened_by",
    "earlier_id",
    "later_id",
)
"""Columns by which a row is of a memory."""
_MEMORIES = ("staging", "stg_codex_store__memories")
"""Which memories there are, or were."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be: where, what (doubled, orphaned), how many rows, and what that means."""

    place: str
    trouble: str
    rows: int
    reason: str


@dataclass(frozen=True)
class _Table:
    """A table of the lake that a test gives a key."""

    schema: str
    name: str
    key: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"{self.schema}.{self.name}"


def examine(lake: Lake) -> list[Finding]:
    """What is doubled or orphaned; nothing is changed. The installation must be prepared."""
    with lake.connect(store=True) as connection:
        return [*_doubled(connection, _keyed_tables()), *_orphans_of_the_lake(connection), *_orphans_served(connection)]


def repair(lake: Lake) -> list[Finding]:
    """Mend what is doubled or orphaned; returns what was. Rhythms may run meanwhile."""
    found: list[Finding] = []
    with lake.connect(store=True) as connection:

        def write() -> None:
            found[:] = [*_doubled(connection, _keyed_tables(), mend=True), *_orphans_of_the_lake(connection, mend=True)]

        committed(connection, write)
        orphans = list(_orphans_served(connection))
        if orphans:
            _delete_served(lake, connection)
    return found + orphans


def repair_ledgers(lake: Lake) -> list[Finding]:
    """Mend what is doubled in the tables that Python writes, on which every model rests; returns what was."""
    tables = [table for table in _keyed_tables() if table.schema == "control"]
    found: list[Finding] = []
    with lake.connect(threads=2) as connection:
        if list(_doubled(connection, tables)):
            committed(connection, lambda: found.extend(_doubled(connection, tables, mend=True)))
    return found


def _keyed_tables() -> list[_Table]:
    """The tables of the lake, with the keys that the project's tests give them."""
    manifest = json.loads(home().manifest.read_text())
    known = {**manifest["nodes"], **manifest["sources"]}
    tables: set[_Table] = set()
    for test in manifest["nodes"].values():
        about = test.get("test_metadata") or {"name": "", "kwargs": {}}
        columns = {"unique": [about["kwargs"].get("column_name")], "unique_together": about["kwargs"].get("columns")}
        key = columns.get(about["name"])
        if key is None:
            continue
        of = known[test["depends_on"]["nodes"][0]]
        if of["database"] == "lake" and of["config"].get("materialized", "table") != "view":
            tables.add(_Table(of["schema"], of.get("alias") or of["identifier"], tuple(key)))
    return sorted(tables, key=lambda table: (table.place, table.key))


def _doubled(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[_Table], *, mend: bool = False
) -> Iterator[Finding]:
    for table in tables:
        keys = ", ".join(table.key)
        # As in the tests: of a key of one column, null is none.
        stated = f"where {keys} is not null" if len(table.key) == 1 else ""
        rows = _number(
            connection,
            f"select count(*) from (select {keys} from {table.place} {stated} group by all having count(*) > 1)",
        )
        if not rows:
            continue
        rows = _number(
            connection,
            f"select sum(copies - 1) from (select count(*) as copies from {table.place} {stated} group by {keys})",
        )
        if mend:
            latest = "beat desc, " if "beat" in _columns(connection, table.schema, table.name) else ""
            connection.execute(
                f"delete from {table.place} where rowid in (select rowid from {table.place} {stated} "
                f"qualify row_number() over (partition by {keys} order by {latest}rowid) > 1)"
            )
        yield Finding(
            f"lake.{table.place}", "doubled", rows, f"rows whose ({keys}) is there already; one of each is to stay"
        )


def _orphans_of_the_lake(connection: duckdb.DuckDBPyConnection, *, mend: bool = False) -> Iterator[Finding]:
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'lake' and not internal "
        "and (schema_name, table_name) <> (?, ?) order by all",
        list(_MEMORIES),
    ).fetchall()
    for schema, table in tables:
        condition = _of_no_memory(set(_columns(connection, schema, table)))
        if condition is None:
            continue
        rows = _number(connection, f"select count(*) from {schema}.{table} where {condition}")
        if rows and mend:
            connection.execute(f"delete from {schema}.{table} where {condition}")
        if rows:
            yield Finding(f"lake.{schema}.{table}", "orphaned", rows, "rows of memories that never were there")


def _orphans_served(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for table, (_, columns) in _served_tables().items():
        condition = _of_no_memory(set(columns))
        rows = condition and _number(connection, f"select count(*) from store.{SERVED}.{table} where {condition}")
        if rows:
            yield Finding(f"{SERVED}.{table}", "orphaned", rows, "rows of memories that never were there")


def _delete_served(lake: Lake, connection: duckdb.DuckDBPyConnection) -> None:
    for table, (key, columns) in _served_tables().items():
        condition = _of_no_memory(set(columns))
        if condition is None:
            continue
        gone = connection.execute(f"select {', '.join(key)} from store.{SERVED}.{table} where {condition}").fetchall()
        same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in key)
        with connect(lake.store_url) as store, store.cursor() as cursor:
            cursor.executemany(sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(SERVED, table), same), gone)


def _served_tables() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Key and columns of each served table, and of what readers write."""
    tables = {name: (table.key, table.columns) for name, table in served_tables().items()}
    return tables | {"retrievals": (("retrieval_id",), ("retrieval_id", "memory_id"))}


def _of_no_memory(columns: set[str]) -> str | None:
    """The condition by which a row of these columns is of a memory that never was there; None without such a column."""
    known = (
        f"(select memory_id from {'.'.join(_MEMORIES)} union all select cast(id as uuid) from store.public.memories)"
    )
    return " or ".join(f"{name} not in {known}" for name in _OF_A_MEMORY if name in columns) or None


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = 'lake' and (schema_name, table_name) = (?, ?)",
        [schema, table],
    ).fetchall()
    return [name for (name,) in rows]


def _number(connection: duckdb.DuckDBPyConnection, question: str) -> int:
    [(number,)] = connection.execute(question).fetchall()
    return int(number or 0)


def as_json(findings: Sequence[Finding], *, mended: bool) -> list[dict[str, Any]]:
    """Findings for programs."""
    return [vars(finding) | {"mended": mended} for finding in findings]
