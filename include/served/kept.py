"""Going down a version of the served schema and up again loses nothing.

Before a downgrade every table is set aside in the schema `codex_kept`; after an upgrade what is missing is put back:
the rows of tables that are made anew, and the columns that are. A memory that has left the source meanwhile does not
come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

SERVED, KEPT = "codex_processed", "codex_kept"

WRITTEN_BY_OTHERS = ("retrievals", "corrections", "sla_misses", "forgotten")
"""No publication makes these anew: a row that an older version could not hold comes back, too."""

# What is counted from other tables is counted anew, by the rules of the version that counts.
_COLUMNS = """
    SELECT c.relname, a.attname, a.attgenerated <> '' AS is_generated
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname NOT IN ('alembic_version', 'search_words', 'search_totals')
    ORDER BY c.relname, a.attnum
"""
_KEY = """
    SELECT a.attname FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indisprimary AND i.indrelid = to_regclass(:table)
    ORDER BY array_position(i.indkey::int2[], a.attnum)
"""
_IDENTITY = """
    SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass(:table) AND a.attidentity <> ''
"""


@dataclass(frozen=True)
class Shape:
    """The tables of a schema: the columns of each, and which of them PostgreSQL computes."""

    columns: Mapping[str, Mapping[str, bool]]

    @staticmethod
    def of(connection: Connection, schema: str = SERVED) -> Shape:
        """What the schema holds now; without tables where there is no such schema."""
        found: dict[str, dict[str, bool]] = {}
        for table, column, is_generated in connection.execute(text(_COLUMNS), {"schema": schema}).fetchall():
            found.setdefault(str(table), {})[str(column)] = bool(is_generated)
        return Shape(found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def set_aside(connection: Connection) -> None:
    """Copy every served table into `codex_kept`, before a downgrade. What an earlier one set aside is added to."""
    served = Shape.of(connection)
    if not served.columns:
        return
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {KEPT}"))
    known = Shape.of(connection, KEPT)
    for table, columns in served.columns.items():
        name = _quoted(table)
        if table not in known.columns:
            connection.execute(text(f"CREATE TABLE {KEPT}.{name} AS TABLE {SERVED}.{name}"))
            continue
        shared = [column for column in columns if column in known.columns[table]]
        listed = ", ".join(map(_quoted, shared))
        keys = _key(connection, table)
        same = " AND ".join(f"kept.{_quoted(key)} = served.{_quoted(key)}" for key in keys) or "true"
        connection.execute(
            text(
                f"INSERT INTO {KEPT}.{name} ({listed}) SELECT {listed} FROM {SERVED}.{name} AS served "
                f"WHERE NOT EXISTS (SELECT 1 FROM {KEPT}.{name} AS kept WHERE {same})"
            )
        )


def put_back(connection: Connection, before: Shape) -> bool:
    """After an upgrade from `before`: fill tables and columns that came with what was set aside, then let it go.

    Returns whether tables that were there have got columns that nothing was set aside for.
    """
    kept, served = Shape.of(connection, KEPT), Shape.of(connection)
    new = any(
        column not in before.columns[table] and not generated and column not in kept.columns.get(table, {})
        for table, columns in served.columns.items()
        if table in before.columns
        for column, generated in columns.items()
    )
    for table, columns in kept.columns.items():
        if table not in served.columns:
            continue
        own = served.columns[table]
        _forget_gone(connection, table, columns)
        if table not in before.columns:
            _insert(connection, table, [name for name in columns if own.get(name) is False])
        else:
            came = [name for name in columns if own.get(name) is False and name not in before.columns[table]]
            if came:
                _update(connection, table, came)
            if table in WRITTEN_BY_OTHERS:
                _insert(connection, table, [name for name in columns if own.get(name) is False], overwrite=False)
        if all(column in own for column in columns):
            connection.execute(text(f"DROP TABLE {KEPT}.{_quoted(table)}"))
    if kept.columns and not Shape.of(connection, KEPT).columns:
        connection.execute(text(f"DROP SCHEMA {KEPT}"))
    return new


def _key(connection: Connection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(text(_KEY), {"table": f"{SERVED}.{_quoted(table)}"})]


def _forget_gone(connection: Connection, table: str, columns: Mapping[str, bool]) -> None:
    """Memories that were deleted meanwhile stay deleted, and so does what was derived from them alone."""
    if connection.execute(text("SELECT to_regclass('public.memories')")).scalar() is None:
        return
    gone = "NOT EXISTS (SELECT 1 FROM public.memories m WHERE m.id = kept.{})"
    for column in ("memory_id", "source_memory_id", "source_memory_1", "source_memory_2", "memory_a", "memory_b"):
        if column in columns and table not in WRITTEN_BY_OTHERS:
            connection.execute(text(f"DELETE FROM {KEPT}.{_quoted(table)} AS kept WHERE {gone.format(column)}"))


def _insert(connection: Connection, table: str, columns: list[str], *, overwrite: bool = True) -> None:
    name, listed = _quoted(table), ", ".join(map(_quoted, columns))
    keys = _key(connection, table)
    updates = ", ".join(f"{_quoted(c)} = excluded.{_quoted(c)}" for c in columns if c not in keys)
    conflict = f"ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {updates}" if keys and updates else ""
    if not overwrite:
        conflict = "ON CONFLICT DO NOTHING"
    connection.execute(
        text(
            f"INSERT INTO {SERVED}.{name} ({listed}) OVERRIDING SYSTEM VALUE "
            f"SELECT {listed} FROM {KEPT}.{name} {conflict}"
        )
    )
    for (identity,) in connection.execute(text(_IDENTITY), {"table": f"{SERVED}.{name}"}).fetchall():
        column = _quoted(str(identity))
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence(:table, :column), (SELECT max({column}) FROM {SERVED}.{name})) "
                f"WHERE EXISTS (SELECT 1 FROM {SERVED}.{name})"
            ),
            {"table": f"{SERVED}.{name}", "column": identity},
        )


def _update(connection: Connection, table: str, columns: list[str]) -> None:
    name, keys = _quoted(table), _key(connection, table)
    sets = ", ".join(f"{_quoted(column)} = kept.{_quoted(column)}" for column in columns)
    same = " AND ".join(f"kept.{_quoted(key)} = served.{_quoted(key)}" for key in keys)
    connection.execute(text(f"UPDATE {SERVED}.{name} AS served SET {sets} FROM {KEPT}.{name} AS kept WHERE {same}"))
