"""Publishing: what the audited build holds becomes what is served, in one transaction (dbt/models/served says what).

Rows are compared by key and hash inside DuckDB, so only what came, changed or went crosses over to PostgreSQL.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from include.lake.connection import Lake
from include.served.audit import objection, under_construction, verdicts
from include.served.tables import IMPORTED, ServedTable, served_table
from include.store.connection import connect
from include.store.exclusive import lock_key

log = logging.getLogger(__name__)

SCHEMA = "codex_processed"
BATCH_ROWS = 2_000
MUCH_OF_A_TABLE = 10
"""A table of which more than one row in so many is news is looked at anew for PostgreSQL's planner."""
PATIENCE_SECONDS = 60.0
"""How long another rhythm's build of the same tables is waited for."""


_FORGOTTEN = """
    SELECT memory_id FROM codex_processed.forgotten
    WHERE is_suppressed OR memory_id::text NOT IN (SELECT id::text FROM public.memories)
"""
"""What is not served again, although the lake may hold it until the next runs; unless it was saved again."""

_OF_MEMORIES = (
    *("memory_id", "memory_a", "memory_b", "source_memory_id", "source_memory_1", "source_memory_2"),
    *("opened_by", "closed_by", "earlier_id", "later_id"),
)
"""Columns by which a row is of a memory."""


@dataclass(frozen=True)
class Published:
    """What publishing a table did: how many rows it has now, and how many came, changed and went."""

    table: str
    rows: int
    came: int
    changed: int
    went: int
    held: str | None = None
    """Why the table stayed as it was, where it did."""

    @property
    def news(self) -> int:
        """Rows that are not as they were."""
        return self.came + self.changed + self.went


def publish(lake: Lake, names: Sequence[str], *, as_of: datetime, run_id: str) -> list[Published]:
    """Bring the served tables of these names to what the lake holds, all or none, as far as the audit allows.

    A table that is made of a model which did not pass its last audit stays as it was; `codex_processed.held_back` says
    so, and why. A reader sees the state before or the state after, never something between. A second call changes
    nothing.
    """
    tables = [served_table(name) for name in names]
    with lake.connect(store=True) as duck, connect(lake.store_url) as store:
        # One publisher at a time: a later one must not bring back what an earlier snapshot held.
        store.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("publishing")])
        _exclude_forgotten(duck, store)
        audits = _snapshot(duck, store, tables)
        published = []
        for table in tables:
            reason = objection(table, audits)
            published.append(
                _publish(duck, store, table, as_of, run_id) if reason is None else _hold(store, table, reason, run_id)
            )
        duck.rollback()
    for done in published:
        if done.held:
            log.warning("%s is held back and stays as it was: %s", done.table, done.held)
        else:
            log.info(
                "%s: %d rows; %d came, %d changed, %d went", done.table, done.rows, done.came, done.changed, done.went
            )
    return published


def publish_all(lake: Lake, as_of: Mapping[str, datetime], *, run_id: str) -> None:
    """Bring served tables to what the lake holds, each as of an instant, whatever an audit said: after an undo."""
    with lake.connect(store=True) as duck, connect(lake.store_url) as store:
        store.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("publishing")])
        _exclude_forgotten(duck, store)
        duck.begin()
        for name, instant in as_of.items():
            _publish(duck, store, served_table(name), instant, run_id)
        duck.rollback()


def publish_again(lake: Lake, names: Sequence[str]) -> None:
    """Bring served tables to what the lake holds between runs, as of when each was published; for what the owner says.

    What was never published stays so. What is being built, or did not pass its audit, is left to its rhythm.
    """
    tables = {name: served_table(name) for name in names}
    with lake.connect(store=True) as duck, connect(lake.store_url) as store:
        store.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("publishing")])
        known = {
            name: (as_of, run_id)
            for name, as_of, run_id in store.execute(
                "SELECT table_name, as_of, run_id FROM codex_processed.publications WHERE table_name = ANY (%s)",
                [list(names)],
            ).fetchall()
        }
        _exclude_forgotten(duck, store)
        duck.begin()
        duck.execute("select count(*) from lake.control.clock").fetchall()
        audits = verdicts(store)
        for name, table in tables.items():
            if name in known and objection(table, audits) is None:
                as_of, run_id = known[name]
                _publish(duck, store, table, as_of, run_id)
        duck.rollback()


def _exclude_forgotten(duck: duckdb.DuckDBPyConnection, store: psycopg.Connection[Any]) -> None:
    forgotten = store.execute(_FORGOTTEN).fetchall()
    duck.execute("create or replace temp table forgotten (memory_id uuid)")
    if forgotten:
        duck.executemany("insert into forgotten values (?)", forgotten)


def _snapshot(
    duck: duckdb.DuckDBPyConnection, store: psycopg.Connection[Any], tables: Sequence[ServedTable]
) -> Mapping[str, tuple[str, str | None, datetime]]:
    """Begin a transaction on one snapshot of the lake; returns the audits, as they stand after it was taken.

    A build says that it begins before it changes anything, so what the audits call passed can't be under way in the
    snapshot. Another rhythm's build of the same tables is waited for.
    """
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        duck.begin()
        duck.execute("select count(*) from lake.control.clock").fetchall()  # the first look takes the snapshot
        audits = verdicts(store)
        if not under_construction(tables, audits) or time.monotonic() > patience:
            return audits
        duck.rollback()
        time.sleep(0.5)


def _hold(store: psycopg.Connection[Any], table: ServedTable, reason: str, run_id: str) -> Published:
    store.execute(
        sql.SQL(
            "INSERT INTO {} (table_name, reason, run_id) VALUES (%s, %s, %s) "
            "ON CONFLICT (table_name) DO UPDATE SET reason = excluded.reason, run_id = excluded.run_id"
        ).format(sql.Identifier(SCHEMA, "held_back")),
        [table.name, reason, run_id],
    )
    return Published(table.name, 0, 0, 0, 0, held=reason)


def _publish(
    duck: duckdb.DuckDBPyConnection,
    store: psycopg.Connection[Any],
    table: ServedTable,
    as_of: datetime,
    run_id: str,
) -> Published:
    keys = ", ".join(table.key)
    hashed = ", ".join(f"{column} := {column}" for column in table.columns)
    duck.execute(
        f"create or replace temp table incoming as "
        f"select *, md5(cast(to_json(struct_pack({hashed})) as varchar)) as row_hash from {table.relation}"
    )
    _one_row_a_key(duck, table)
    for column in set(table.columns) & set(_OF_MEMORIES):
        duck.execute(f"delete from incoming where {column} in (select memory_id from forgotten)")
    if "memory_ids" in table.columns:
        duck.execute("delete from incoming where list_has_any(memory_ids, (select list(memory_id) from forgotten))")
    duck.execute(f"create or replace temp table served as select {keys}, row_hash from store.{SCHEMA}.{table.name}")
    same_key = " and ".join(f"incoming.{column} = served.{column}" for column in table.key)
    rows = _count(duck, "select count(*) from incoming")
    came = _count(duck, f"select count(*) from incoming where not exists (select 1 from served where {same_key})")
    gone = duck.execute(
        f"select {keys} from served where not exists (select 1 from incoming where {same_key}) and trim(row_hash) <> ?",
        [IMPORTED],
    ).fetchall()
    news = duck.execute(
        f"select {', '.join(table.columns)}, row_hash from incoming "
        f"where not exists (select 1 from served where {same_key} and served.row_hash = incoming.row_hash)"
    )
    if gone:
        _delete(store, table, gone)
    let_go = _let_go_of_imports(store, table)
    changed = upsert(store, table, _fetched(news), as_of) - came
    done = Published(table.name, rows, came, changed, len(gone) + let_go)
    if done.news * MUCH_OF_A_TABLE > rows:
        # Whoever reads at once is not to wait until autovacuum looks; it comes within a minute, after as much.
        store.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(SCHEMA, table.name)))
    _record(store, done, as_of, run_id)
    return done


def _one_row_a_key(duck: duckdb.DuckDBPyConnection, table: ServedTable) -> None:
    """Leave one row a key, always the same one. Doubled rows are a ledger's fault, which `./codex doctor` mends."""
    keys = ", ".join(table.key)
    doubled = _count(duck, f"select count(*) - count(distinct ({keys})) from incoming")
    if doubled:
        log.warning("%s: %d doubled rows are left out; ./codex doctor --repair mends the lake", table.name, doubled)
        duck.execute(
            "create or replace temp table incoming as from incoming "
            f"qualify row_number() over (partition by {keys} order by row_hash) = 1"
        )


def _let_go_of_imports(store: psycopg.Connection[Any], table: ServedTable) -> int:
    """Rows that were taken in from an export stay until the lake has rows of its own, or their memory goes."""
    statement = sql.SQL(
        "DELETE FROM {} WHERE trim(row_hash) = %s "
        "AND NOT EXISTS (SELECT 1 FROM public.memories m WHERE m.id = source_memory_ids[1])"
    ).format(sql.Identifier(SCHEMA, table.name))
    return store.execute(statement, [IMPORTED]).rowcount


def _count(duck: duckdb.DuckDBPyConnection, query: str) -> int:
    row = duck.execute(query).fetchone()
    return int(row[0]) if row else 0


def _fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(BATCH_ROWS):
        yield from rows


def _delete(store: psycopg.Connection[Any], table: ServedTable, gone: Sequence[tuple[Any, ...]]) -> None:
    condition = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in table.key)
    statement = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(SCHEMA, table.name), condition)
    with store.cursor() as cursor:
        cursor.executemany(statement, gone)


def upsert(store: psycopg.Connection[Any], table: ServedTable, rows: Iterator[tuple[Any, ...]], as_of: datetime) -> int:
    """Copy the rows into a temporary table and from there by key; returns how many there were."""
    target = sql.Identifier(SCHEMA, table.name)
    columns = (*table.columns, "row_hash", "as_of")
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    count = 0
    with store.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                listed, target
            )
        )
        with cursor.copy(sql.SQL("COPY incoming ({}) FROM STDIN").format(listed)) as copy:
            for row in rows:
                copy.write_row((*row, as_of))
                count += 1
        updates = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
            for column in columns
            if column not in table.key
        )
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM incoming ON CONFLICT ({}) DO UPDATE SET {}").format(
                target, listed, listed, sql.SQL(", ").join(sql.Identifier(key) for key in table.key), updates
            )
        )
        cursor.execute("DROP TABLE incoming")
    return count


def _record(store: psycopg.Connection[Any], done: Published, as_of: datetime, run_id: str) -> None:
    store.execute(
        sql.SQL(
            "INSERT INTO {} (table_name, rows, came, changed, went, as_of, run_id) VALUES (%s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (table_name) DO UPDATE SET rows = excluded.rows, came = excluded.came, "
            "changed = excluded.changed, went = excluded.went, as_of = excluded.as_of, run_id = excluded.run_id, "
            "published_at = now()"
        ).format(sql.Identifier(SCHEMA, "publications")),
        [done.table, done.rows, done.came, done.changed, done.went, as_of, run_id],
    )
    store.execute(
        sql.SQL("DELETE FROM {} WHERE table_name = %s").format(sql.Identifier(SCHEMA, "held_back")), [done.table]
    )
