"""The source table `public.memories` of this installation: its columns, its rows, and writing to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row, tuple_row

from include.store.contract import OPTIONAL, REQUIRED, read_contract

DETAILS = ("context", "summary", "tags", "metadata", "parent_id", "chunk_index", "total_chunks")
"""Columns that a note may fill besides its content."""

EMPTY: dict[str, object] = {"context": "", "summary": "", "tags": [], "metadata": "{}"}
"""What stands for nothing in a column that can't be, or need not be, null; the other columns are null then."""

WRITTEN = ("id", "content", "content_hash", *DETAILS, "created_at")
"""Columns of a new row, in order; `updated_at` is the time of the transaction."""

FINGERPRINT = "context_fingerprint"
"""Codex-store computes it in its own way. Where a row can't do without, it is empty: we don't know it."""

_TYPES = REQUIRED | OPTIONAL
_TABLE = sql.Identifier("public", "memories")
_DIGEST = sql.SQL("encode(sha256(convert_to(content, 'UTF8')), 'hex')")


@dataclass(frozen=True, slots=True)
class Memory:
    """A row, as far as notes can change it; equal to another one where there is nothing to write.

    `content_hash` is the column, by which the table knows two of the same; `digest` is that of the content it
    really has. `microseconds` is `created_at` since 1970. `content` and `created_at` are there only to be written.
    """

    id: UUID
    content_hash: str
    digest: str
    microseconds: Decimal | int | None
    details: dict[str, object]
    content: str | None = field(default=None, compare=False)
    created_at: datetime | None = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """Characters of its details, about."""
        return sum(len(value) for value in self.details.values() if isinstance(value, str))


@dataclass(frozen=True)
class MemoryTable:
    """The table's columns that we know; those that it computes, that take null, and that no row can do without."""

    columns: frozenset[str]
    computed: frozenset[str]
    nulls: frozenset[str]
    demanded: frozenset[str]

    @classmethod
    def at_hand(cls, connection: psycopg.Connection[Any]) -> MemoryTable:
        """Look at the table. Raises CodexError when it, or a required column, is missing."""
        contract = read_contract(connection)
        with connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(
                "SELECT column_name, is_generated = 'ALWAYS', column_default IS NULL, is_nullable = 'YES' "
                "FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'memories'"
            ).fetchall()
        return cls(
            contract.columns,
            computed=frozenset(name for name, is_computed, _, _ in rows if is_computed),
            nulls=frozenset(name for name, _, no_default, takes_null in rows if no_default and takes_null),
            demanded=frozenset(name for name, _, no_default, takes_null in rows if no_default and not takes_null),
        )

    @property
    def written(self) -> frozenset[str]:
        """The columns that a note can fill."""
        return self.columns - self.computed

    @property
    def details(self) -> tuple[str, ...]:
        """Those of them besides the content."""
        return tuple(column for column in DETAILS if column in self.written)

    @property
    def by_content(self) -> bool:
        """Whether the table has a hash by which two memories have the same content."""
        return "content_hash" in self.columns

    def canonical(self, connection: psycopg.Connection[Any], texts: Sequence[str]) -> list[str]:
        """Return JSON texts as PostgreSQL writes them: equal texts are equal values of `jsonb`, whatever they were."""
        if not texts:
            return []
        with connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(
                "SELECT given::jsonb::text FROM unnest(%s::text[]) WITH ORDINALITY AS note (given, position) "
                "ORDER BY position",
                [list(texts)],
            ).fetchall()
        return [text for (text,) in rows]

    def find(self, connection: psycopg.Connection[Any], ids: Iterable[UUID], hashes: Iterable[str]) -> list[Memory]:
        """Return the memories with one of the ids, or (where the table has them) content hashes; the oldest first."""
        by_hash = sql.SQL("OR content_hash = ANY(%(hashes)s)") if self.by_content else sql.SQL("")
        query = sql.SQL("SELECT {} FROM {} WHERE id = ANY(%(ids)s) {} ORDER BY created_at, id").format(
            sql.SQL(", ").join(self._looked_at()), _TABLE, by_hash
        )
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query, {"ids": list(ids), "hashes": list(hashes)}).fetchall()
        return [self._memory(row) for row in rows]

    def insert(self, connection: psycopg.Connection[Any], memories: Sequence[Memory]) -> None:
        """Write new rows, in the order given."""
        if not memories:
            return
        columns = [column for column in WRITTEN if column in self.written]
        columns += [FINGERPRINT] if FINGERPRINT in self.columns & self.demanded else []
        query = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM unnest({}) WITH ORDINALITY AS new ({}) ORDER BY position")
        statement = query.format(
            _TABLE,
            _names([*columns, *self._stamps()]),
            sql.SQL(", ").join([*map(_unpacked, columns), *(sql.SQL("now()") for _ in self._stamps())]),
            sql.SQL(", ").join(map(_array, columns)),
            _names([*columns, "position"]),
        )
        rows = [self._row(memory) for memory in memories]
        connection.execute(statement, {column: [_packed(row[column]) for row in rows] for column in columns})

    def edit(self, connection: psycopg.Connection[Any], memories: Sequence[Memory]) -> None:
        """Write known rows with another content, in the order given: one may take the content that one before had."""
        self._update(connection, memories, ("content", "content_hash", *DETAILS))

    def update(self, connection: psycopg.Connection[Any], memories: Sequence[Memory]) -> None:
        """Write known rows whose content stays."""
        self._update(connection, memories, DETAILS)

    def _update(
        self, connection: psycopg.Connection[Any], memories: Sequence[Memory], columns: tuple[str, ...]
    ) -> None:
        if not memories:
            return
        settings: list[sql.Composable] = [
            sql.SQL("{} = {}").format(sql.Identifier(column), _value(column))
            for column in columns
            if column in self.written
        ]
        settings.append(sql.SQL("created_at = coalesce(%(created_at)s::timestamptz, created_at)"))
        settings += [sql.SQL("{} = now()").format(sql.Identifier(stamp)) for stamp in self._stamps()]
        statement = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s").format(_TABLE, sql.SQL(", ").join(settings))
        with connection.cursor() as cursor:
            cursor.executemany(statement, [self._row(memory) for memory in memories])

    def _stamps(self) -> list[str]:
        return ["updated_at"] if "updated_at" in self.written else []

    def _looked_at(self) -> list[sql.Composable]:
        wanted: list[sql.Composable] = [
            sql.SQL("id"),
            sql.SQL("{} AS digest").format(_DIGEST),
            sql.SQL("extract(epoch FROM created_at::timestamptz) * 1000000 AS microseconds"),
            sql.SQL("content_hash")
            if "content_hash" in self.columns
            else sql.SQL("{} AS content_hash").format(_DIGEST),
        ]
        for column in self.details:
            text = sql.SQL("metadata::jsonb::text AS metadata")
            wanted.append(text if column == "metadata" else sql.Identifier(column))
        return wanted

    def _memory(self, row: dict[str, Any]) -> Memory:
        details = {column: row[column] for column in self.details}
        for column in EMPTY.keys() & details.keys():
            details[column] = EMPTY[column] if details[column] is None else details[column]
        return Memory(row["id"], row["content_hash"], row["digest"], row["microseconds"], details)

    def _row(self, memory: Memory) -> dict[str, object]:
        """Return values by column. A column for which nothing is given is null, or empty where it can't be."""
        row: dict[str, object] = {
            "id": memory.id,
            "content": memory.content,
            "content_hash": memory.content_hash,
            FINGERPRINT: "",
            "created_at": memory.created_at,
            **memory.details,
        }
        return row | {column: None for column in self.nulls & EMPTY.keys() if row.get(column) == EMPTY[column]}


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _value(column: str) -> sql.Composed:
    return sql.SQL("{}::{}").format(sql.Placeholder(column), sql.SQL(_TYPES[column]))


def _array(column: str) -> sql.Composed:
    """Bind one value a row. Lists of tags differ in length, so they travel as JSON."""
    element = "text" if column == "tags" else _TYPES[column]
    return sql.SQL("{}::{}[]").format(sql.Placeholder(column), sql.SQL(element))


def _packed(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _unpacked(column: str) -> sql.Composable:
    if column != "tags":
        return sql.SQL("new.{}").format(sql.Identifier(column))
    # A strict function of null gives no row, and that makes an empty array, not null.
    return sql.SQL("CASE WHEN new.tags IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(new.tags::jsonb)) END")
