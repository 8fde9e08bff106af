"""The columns of the source table `public.memories`: required, optional, and those of this installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from include.errors import CodexError

REQUIRED = {"id": "uuid", "content": "text", "created_at": "timestamptz"}
"""Columns without which there is no memory, and their types."""

OPTIONAL = {
    "content_hash": "varchar",
    "context_fingerprint": "varchar",
    "context": "text",
    "summary": "text",
    "metadata": "jsonb",
    "tags": "text[]",
    "chunk_index": "integer",
    "total_chunks": "integer",
    "parent_id": "uuid",
    "updated_at": "timestamptz",
}
"""Columns that are used when present and null when not."""

NOT_SUPPRESSED = "WHERE id::text NOT IN (SELECT memory_id::text FROM codex_processed.forgotten WHERE is_suppressed)"
"""Rows of the owner's table that may be used; the macro `remembered_source` says the same for dbt."""


FIRST_INSTANT, LAST_INSTANT = "0001-01-02 00:00:00+00", "9999-12-30 00:00:00+00"
"""Between these, every program has a calendar. PostgreSQL knows more years, and infinity."""


def in_calendar(instant: str) -> str:
    """SQL of PostgreSQL or DuckDB: the nearest instant that a calendar has; the macro of this name says it for dbt."""
    nearest = f"greatest(least({instant}, '{LAST_INSTANT}'), '{FIRST_INSTANT}')"
    return f"CASE WHEN {instant} IS NOT NULL THEN {nearest} END"


@dataclass(frozen=True)
class SourceContract:
    """The columns of the source table that we know how to use."""

    columns: frozenset[str]

    def has(self, column: str) -> bool:
        """Whether the table at hand has the column."""
        return column in self.columns


def read_contract(connection: psycopg.Connection[Any]) -> SourceContract:
    """Look at the source table's columns.

    Raises CodexError when the table, or a required column, is missing; the message names it.
    """
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'memories'"
    ).fetchall()
    found = {row[0] for row in rows}
    if not found:
        raise CodexError(
            "The source table public.memories does not exist (or can't be read) in the database of POSTGRES_DB_URL. "
            "It belongs to codex-store: start codex-store once, check the URL, or GRANT SELECT to this user."
        )
    missing = [column for column in REQUIRED if column not in found]
    if missing:
        listed = ", ".join(f"{column} ({REQUIRED[column]})" for column in missing)
        raise CodexError(
            f"The source table public.memories lacks the required column {listed}. "
            "Codex Dreams needs id, content and created_at; everything else is optional."
        )
    return SourceContract(frozenset(found & (REQUIRED.keys() | OPTIONAL.keys())))
