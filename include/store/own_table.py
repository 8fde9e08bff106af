"""A table of the owner's as the source: `public.memories` is then a view of it, with its columns under our names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from include.errors import CodexError
from include.settings import settings
from include.store.contract import OPTIONAL, REQUIRED

_MARK = "Made by Codex Dreams from CODEX_SOURCE_TABLE; "
_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_PRESENT = """
    SELECT c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), '')
    FROM pg_class c WHERE c.oid = to_regclass('public.memories')
"""
_INSTANTS = {
    "timestamp with time zone": "{column}",
    "timestamp without time zone": "{column} AT TIME ZONE {zone}",
    "date": "{column}::timestamp AT TIME ZONE {zone}",
}
_TEXTS = {"text", "character varying", "character", "citext"}


def mapped_columns(given: str) -> dict[str, str]:
    """Our column → the owner's, from `id=uid, content=body`. Raises CodexError for what is none of our columns."""
    pairs = dict[str, str]()
    for part in filter(str.strip, given.split(",")):
        ours, equals, theirs = (text.strip() for text in part.partition("="))
        if not equals or not theirs or ours not in REQUIRED | OPTIONAL:
            raise CodexError(
                f"CODEX_SOURCE_COLUMNS has {part.strip()!r}: give pairs such as id=uid, content=body, "
                f"created_at=written_at; ours are {', '.join([*REQUIRED, *OPTIONAL])}."
            )
        pairs[ours] = theirs
    return pairs


def map_source(connection: psycopg.Connection[Any], table: str, columns: Mapping[str, str]) -> bool:
    """Make `public.memories` a view of the owner's table, as they mapped it; returns whether it has changed.

    An id that is no UUID becomes one by its hash. An instant without a zone is meant where the owner is.
    Raises CodexError that says what is missing, of a wrong type, or in the way.
    """
    found = dict(connection.execute(_COLUMNS, [table]).fetchall())
    if not found:
        raise CodexError(f"CODEX_SOURCE_TABLE is {table!r}, and there is no such table (or it can't be read).")
    select = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(_expression(table, ours, theirs, found[theirs]), sql.Identifier(ours))
        for ours, theirs in _resolved(table, columns, found).items()
    )
    named = sql.Identifier(*table.split(".")) if "." in table else sql.Identifier(table)
    query = sql.SQL("SELECT {} FROM {}").format(select, named)
    mark = _MARK + hashlib.sha256(query.as_string(connection).encode()).hexdigest()[:16]
    present = connection.execute(_PRESENT).fetchone()
    if present is not None and not present[1].startswith(_MARK):
        raise CodexError(
            "CODEX_SOURCE_TABLE is set, and there is a public.memories already: rename it, or unset the setting."
        )
    if present is not None and present[1] == mark:
        return False
    try:
        with connection.transaction():
            connection.execute("DROP VIEW IF EXISTS public.memories")
            connection.execute(sql.SQL("CREATE VIEW public.memories AS {}").format(query))
            connection.execute(sql.SQL("COMMENT ON VIEW public.memories IS {}").format(sql.Literal(mark)))
    except psycopg.errors.InsufficientPrivilege:
        raise CodexError(
            "This user of PostgreSQL may not make the view public.memories. Let its owner make it, and unset "
            f"CODEX_SOURCE_TABLE: CREATE VIEW public.memories AS {query.as_string(connection)}"
        ) from None
    return True


def _resolved(table: str, columns: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Our column → the owner's, of those that are there: as given, else of the same name."""
    resolved = {}
    for ours in [*REQUIRED, *OPTIONAL]:
        theirs = columns.get(ours, ours)
        if theirs in found:
            resolved[ours] = theirs
        elif ours in columns or ours in REQUIRED:
            raise CodexError(
                f"{table} has no column {theirs!r} for {ours}; it has {', '.join(found)}. "
                f"Say which it is with CODEX_SOURCE_COLUMNS={ours}=…"
            )
    return resolved


def _expression(table: str, ours: str, theirs: str, kind: str) -> sql.Composable:
    column = sql.Identifier(theirs)
    wanted = (REQUIRED | OPTIONAL)[ours]
    if wanted == "uuid" and kind != "uuid":
        text = sql.SQL("md5({} || {}::text)::uuid").format(sql.Literal(f"{table} "), column)
        return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(column, text)
    if wanted == "timestamptz":
        if kind not in _INSTANTS:
            raise CodexError(
                f"{table}.{theirs} is of type {kind}, and {ours} is an instant: give a column of that type."
            )
        return sql.SQL(_INSTANTS[kind]).format(column=column, zone=sql.Literal(settings().codex_timezone))
    if wanted == "text" and ours == "content" and kind not in _TEXTS:
        raise CodexError(f"{table}.{theirs} is of type {kind}, and content is a text: give a column of that type.")
    return sql.SQL("{}::{}").format(column, sql.SQL(wanted))
