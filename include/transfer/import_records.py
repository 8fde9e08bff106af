"""Import of what `export` wrote: memories go to the source table, everything derived from them is served again.

Exported, imported into an empty store and exported again, the bytes are the same. Imported rows are served until the
store's own nights have derived them anew; they have no lineage in the lake, so they are marked, and publishing replaces
them one by one instead of removing them (`include/served/publish.py`).
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from include.curation.corrections import take_effect
from include.errors import CodexError
from include.intake.remember import Remembered, remember
from include.intake.sources import Stream
from include.lake.session import session
from include.served.tables import IMPORTED
from include.transfer.export import COMMON, KINDS, LARGEST_RECORD, TABLE_COLUMNS

READABLE = ("jsonl", "json", "csv", "parquet")
"""Formats that can be read back; a graph and a vault leave things out."""

_OTHER_NAMES: dict[str, dict[str, str]] = {
    "memory": {"id": "memory_id", "text": "content", "at": "created_at"},
    "insight": {"text": "key_insight", "at": "created_at", "model": "extraction_model"},
    "episode": {"at": "started_at", "text": "headline"},
    "association": {"at": "last_at"},
    "knowledge": {"text": "semantic_gist", "at": "event_at", "memory_ids": "source_memory_ids"},
    "dream": {"text": "creative_connection", "at": "created_at", "memory_ids": "source_memory_ids"},
    "thread": {"id": "thread_id", "text": "title", "at": "began_at"},
    "commitment": {"id": "commitment_id", "text": "what", "at": "opened_at", "occasion": "kind"},
    "change": {"id": "change_id", "text": "after", "at": "changed_at"},
    "question": {"id": "question_id", "text": "question", "at": "asked_at", "about": "kind"},
    "correction": {"text": "said", "at": "made_at", "about": "kind"},
}
_TABLES = {
    "memory": "memory_index",
    "insight": "insights",
    "episode": "episodes",
    "association": "associations",
    "knowledge": "semantic_memory",
    "dream": "creative_insights",
    "thread": "threads",
    "commitment": "commitments",
    "change": "changes_of_mind",
    "question": "questions",
    "correction": "corrections",
}
_SOURCE = ("context", "summary", "tags", "metadata", "chunk_index", "total_chunks", "parent_id")
_STRENGTHS = ("episode_id", "encoding_strength", "strength", "consolidated_at")
_AS_JSON = {"thread": ("story", "recurs", "changed", "open", "next", "sentence")}
"""Fields whose column is JSON."""
_NOT_SERVED = {
    "memory": {"kind", "memory_ids", "metadata", "chunk_index", "total_chunks", "parent_id", *_STRENGTHS},
    "association": {"kind", "id", "memory_ids", "text"},
    "insight": {"kind", "memory_ids", "evidence_count"},
    "change": {"kind", "memory_ids"},
    "correction": {"kind", "id"},
}


class Imported:
    """The result: by kind, how many records came and how many were known; and what the source table said."""

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.memories = Remembered()

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "kinds": {kind: {"came": self.came[kind], "known": self.known[kind]} for kind in KINDS},
            "memories": self.memories.as_json(),
        }


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of an exported file, by its suffix; raises CodexError for a line or a row that is none."""
    suffix = path.suffix.lower().removeprefix(".") or "jsonl"
    if suffix not in READABLE:
        raise CodexError(
            f"{path} can't be taken in: export writes {', '.join(READABLE)}, which can be read back. "
            "Notes, and a folder of Markdown, are for `./codex remember`."
        )
    rows = _lines(path) if suffix == "jsonl" else _list(path) if suffix == "json" else _table(path, suffix)
    for number, row in enumerate(rows, start=1):
        yield _checked(row, f"{path}, record {number}")


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                yield _json(line)


def _list(path: Path) -> Iterator[Any]:
    listed = _json(path.read_bytes())
    if not isinstance(listed, list):
        raise CodexError(f"{path} holds no list of records, as `./codex export --format json` writes it.")
    yield from listed


def _json(text: bytes | str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _table(path: Path, suffix: str) -> Iterator[Any]:
    read = (
        f"read_csv($path, header = true, columns = {{{TABLE_COLUMNS}}}, max_line_size = {LARGEST_RECORD}, "
        # Else DuckDB reads sixteen such lines at once.
        f"buffer_size = {LARGEST_RECORD}, "
        "quote = '\"', escape = '\"', delim = ',', nullstr = '', allow_quoted_nulls = false, parallel = false)"
        if suffix == "csv"
        else "read_parquet($path)"
    )
    names = ", ".join(f'"{name}"' for name in (*COMMON, "details"))
    with session({"threads": 1}) as connection:
        try:
            cursor = connection.execute(f"SELECT {names} FROM {read}", {"path": str(path)})
            while rows := cursor.fetchmany(1_000):
                for kind, key, memory_ids, at, text, details in rows:
                    known, rest = _json(memory_ids or ""), _json(details or "")
                    yield (
                        {"kind": kind, "id": key, "memory_ids": known, "at": at, "text": text, **rest}
                        if isinstance(rest, dict)
                        else None
                    )
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise CodexError(f"{path} can't be read as `./codex export` writes it: {reason}") from None


def _checked(row: Any, place: str) -> dict[str, Any]:
    if not isinstance(row, dict) or row.get("kind") not in KINDS or not set(COMMON) <= row.keys():
        raise CodexError(f"{place} is no record that `./codex export` wrote. Notes are for `./codex remember`.")
    try:
        ends = [UUID(memory) for memory in row["memory_ids"]]
        UUID(row["id"])
        datetime.fromisoformat(row["at"])
    except (ValueError, TypeError, AttributeError):
        raise CodexError(f"{place} has an id or an instant that is none.") from None
    if not ends or (row["kind"] in {"association", "dream"} and len(ends) != 2):
        raise CodexError(f"{place} does not say which memories it is of.")
    return row


def import_records(
    store: psycopg.Connection[Any], path: Path, progress: Callable[[int], None] = lambda _: None
) -> Imported:
    """Import the records of a file: all served rows in one transaction. What is known stays as it is.

    Raises CodexError, before anything was written, for a file that export did not write.
    """
    result = Imported()
    with tempfile.TemporaryFile() as notes:
        for record in read_records(path):
            if record["kind"] == "memory":
                notes.write(json.dumps(_note(record), ensure_ascii=False).encode() + b"\n")
        if notes.tell():
            notes.seek(0)
            result.memories = remember(store, [Stream(io.BufferedReader(notes), str(path))])
    with store.transaction():
        store.execute("SET LOCAL TIME ZONE 'UTC'")
        for number, record in enumerate(read_records(path), start=1):
            try:
                came = [_insert(store, table, row) for table, row in _rows(record)]
            except psycopg.Error as error:
                raise CodexError(
                    f"{path}, record {number} can't be taken in: {str(error).partition(chr(10))[0]}."
                ) from None
            (result.came if came[0] else result.known)[record["kind"]] += 1
            if number % 1_000 == 0:
                progress(number)
        take_effect(store)
    return result


def _note(record: Mapping[str, Any]) -> dict[str, Any]:
    note = {"id": record["id"], "content": record["text"], "created_at": record["at"]}
    return note | {name: record[name] for name in _SOURCE if record.get(name) is not None}


def _rows(record: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """The served rows of a record, each with its table."""
    kind, ends = record["kind"], record["memory_ids"]
    other, left_out = _OTHER_NAMES[kind], _NOT_SERVED.get(kind, {"kind"})
    row = {other.get(name, name): value for name, value in record.items() if name not in left_out}
    match kind:
        case "memory":
            yield _TABLES[kind], row
            if record.get("episode_id"):
                yield "memory_strengths", {"memory_id": record["id"]} | {name: record.get(name) for name in _STRENGTHS}
            return
        case "insight":
            row |= {"memory_id": ends[0], "source_memory_ids": ends, "extraction_timestamp": record["at"]}
        case "association":
            row |= {"memory_a": ends[0], "memory_b": ends[1]}
        case "knowledge":
            row |= {"source_memory_id": ends[0], "processing_version": "1", "created_at": record["consolidated_at"]}
        case "change":
            row |= {"earlier_id": ends[0], "later_id": ends[1]}
        case "dream":
            row |= {"source_memory_1": ends[0], "source_memory_2": ends[1]}
    row |= {name: Jsonb(row[name]) for name in _AS_JSON.get(kind, ()) if row.get(name) is not None}
    yield _TABLES[kind], row


def _insert(store: psycopg.Connection[Any], table: str, row: Mapping[str, Any]) -> bool:
    """Insert a row where none with its key is; returns whether it came."""
    if table == "corrections":
        return _append(store, row)
    given = {**row, "row_hash": IMPORTED}
    names = sql.SQL(", ").join(map(sql.Identifier, given))
    values = sql.SQL(", ").join(sql.SQL("%s") for _ in given)
    statement = sql.SQL("INSERT INTO {} ({}, as_of) VALUES ({}, now()) ON CONFLICT DO NOTHING").format(
        sql.Identifier("codex_processed", table), names, values
    )
    return store.execute(statement, list(given.values())).rowcount > 0


def _append(store: psycopg.Connection[Any], row: Mapping[str, Any]) -> bool:
    """Append what the owner said, unless it is known; returns whether it came. Its order is the file's."""
    listed = sql.SQL(", ").join(map(sql.Identifier, row))
    types = {"memory_ids": "uuid[]", "made_at": "timestamptz", "is_taken_back": "boolean"}
    values = sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(types.get(name, "text"))) for name in row
    )
    statement = sql.SQL(
        "INSERT INTO codex_processed.corrections ({}) SELECT {} WHERE NOT EXISTS ("
        "SELECT 1 FROM codex_processed.corrections c WHERE c.kind = %(kind)s AND c.item_id = %(item_id)s "
        "AND c.verb = %(verb)s AND c.made_at = %(made_at)s::timestamptz)"
    ).format(listed, values)
    return store.execute(statement, dict(row)).rowcount > 0
