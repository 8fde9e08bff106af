"""Export: every memory and everything derived from it, a record each, in an order that never depends on chance.

`include/transfer/import_records.py` reads records back; `include/transfer/vault.py` writes them as notes for people.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from psycopg.rows import dict_row

from include.errors import CodexError
from include.formats import json_line
from include.lake.session import session
from include.transfer.graph import write_graph

FORMATS = ("jsonl", "json", "csv", "parquet", "graphml")
"""Formats of one file."""
VAULT = "markdown"
"""The format that is a folder of notes (`include/transfer/vault.py`)."""

# Columns about the machine and the hour rather than the memory are left out, so that two stores with the same
# memories give the same export, byte for byte.
_RECORDS: dict[str, str] = {
    "memory": """
        SELECT 'memory' AS kind, i.memory_id AS id, ARRAY[i.memory_id] AS memory_ids, i.created_at AS at,
            i.content AS text, i.context, i.summary, i.tags, i.status, i.status_reason, i.topics, i.people, i.places,
            s.episode_id, s.encoding_strength, s.strength, s.consolidated_at,
            nullif(to_jsonb(m) -> 'metadata', '{}') AS metadata,
            (to_jsonb(m) ->> 'chunk_index')::integer AS chunk_index,
            (to_jsonb(m) ->> 'total_chunks')::integer AS total_chunks, (to_jsonb(m) ->> 'parent_id') AS parent_id
        FROM codex_processed.memory_index i
        LEFT JOIN codex_processed.memory_strengths s USING (memory_id)
        LEFT JOIN public.memories m ON m.id = i.memory_id
        ORDER BY i.created_at, i.memory_id
    """,
    "insight": """
        SELECT 'insight' AS kind, id, source_memory_ids AS memory_ids, created_at AS at, key_insight AS text,
            insight_type, confidence_score, people, concepts, tools, locations, extraction_model AS model,
            prompt_version, evidence_count
        FROM codex_processed.insights ORDER BY created_at, id
    """,
    "episode": """
        SELECT 'episode' AS kind, id, memory_ids, started_at AS at, headline AS text, ended_at, goal, people, places,
            topics, peak_arousal, mean_valence, peak_strength, model, prompt_version
        FROM codex_processed.episodes ORDER BY started_at, id
    """,
    "association": """
        SELECT 'association' AS kind, md5(memory_a::text || memory_b::text)::uuid AS id,
            ARRAY[memory_a, memory_b] AS memory_ids, last_at AS at, NULL AS text, weight, coactivations, first_at,
            is_dream_only
        FROM codex_processed.associations ORDER BY memory_a, memory_b
    """,
    "knowledge": """
        SELECT 'knowledge' AS kind, id, source_memory_ids AS memory_ids, event_at AS at, semantic_gist AS text,
            knowledge_type, abstraction_level, confidence_score, semantic_category, cortical_region, macrocolumn_id,
            minicolumn_id, column_rank, patterns, insights, predictions, principles, contradictions,
            related_concepts, integration_points, consolidated_strength, stability_days, retrievability,
            retrieval_strength, access_count, memory_age, consolidation_state, is_archived, model, prompt_version,
            consolidated_at, canonical_id, evidence_count, valid_from, superseded_at, superseded_by
        FROM codex_processed.semantic_memory ORDER BY event_at, id
    """,
    "dream": """
        SELECT 'dream' AS kind, id, source_memory_ids AS memory_ids, created_at AS at, creative_connection AS text,
            shared_theme, plausibility, novelty, night, cycle, model, prompt_version
        FROM codex_processed.creative_insights ORDER BY created_at, id
    """,
    "thread": """
        SELECT 'thread' AS kind, thread_id AS id, memory_ids, began_at AS at, title AS text, story, recurs, changed,
            open, next, sentence, members, last_at, told_at, merged_into, model, prompt_version
        FROM codex_processed.threads ORDER BY began_at, thread_id
    """,
    "commitment": """
        SELECT 'commitment' AS kind, commitment_id AS id, memory_ids, opened_at AS at, what AS text, who, to_whom,
            due_at, due_date, c.kind AS occasion, said, state, opened_by, closed_by, closed_at, clashes_with, model,
            prompt_version
        FROM codex_processed.commitments c ORDER BY opened_at, commitment_id
    """,
    "change": """
        SELECT 'change' AS kind, change_id AS id, ARRAY[earlier_id, later_id] AS memory_ids, changed_at AS at,
            after AS text, before, why, model, prompt_version
        FROM codex_processed.changes_of_mind ORDER BY changed_at, change_id
    """,
    "question": """
        SELECT 'question' AS kind, question_id AS id, memory_ids, asked_at AS at, question AS text, q.kind AS about,
            commitment_id, settled_at
        FROM codex_processed.questions q ORDER BY asked_at, question_id
    """,
    "correction": """
        SELECT 'correction' AS kind,
            md5(concat_ws(' ', c.kind, item_id, verb, extract(epoch FROM made_at)))::uuid AS id, memory_ids,
            made_at AS at, said AS text, c.kind AS about, item_id, verb, word, is_taken_back, comment, made_by
        FROM codex_processed.corrections c ORDER BY correction_id
    """,
}

KINDS = tuple(_RECORDS)
COMMON = ("kind", "id", "memory_ids", "at", "text")
"""Fields of every record."""
TABLE_COLUMNS = ", ".join(f"\"{name}\": 'VARCHAR'" for name in (*COMMON, "details"))
LARGEST_RECORD = 100_000_000
"""Bytes."""
_OPTIONS = {"csv": "FORMAT csv, HEADER true", "parquet": "FORMAT parquet"}


def check(kind_of_file: str, kinds: tuple[str, ...] = KINDS) -> None:
    """Raise CodexError, with the names there are, for a format or a kind that there is not."""
    known = (*FORMATS, VAULT)
    if kind_of_file not in known:
        raise CodexError(f"There is no format {kind_of_file!r}; there are {', '.join(known)}.")
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise CodexError(f"There is no kind {unknown[0]!r}; there are {', '.join(KINDS)}.")


def refuse_nothing(store: psycopg.Connection[Any], kinds: tuple[str, ...] = KINDS) -> None:
    """Raise CodexError where there is no record of these kinds: an empty file would pass for a copy of everything."""
    if any(store.execute(f"SELECT 1 FROM ({_RECORDS[kind]}) AS records LIMIT 1").fetchone() for kind in kinds):
        return
    saved = store.execute("SELECT count(*) FROM public.memories").fetchone()
    if saved and saved[0] and "memory" in kinds:
        raise CodexError(
            f"Nothing was exported: none of {saved[0]} memories is served yet. ./codex consolidate takes them in; "
            "where it did not, ./codex health says why."
        )
    raise CodexError(f"Nothing was exported: there is no {' and no '.join(kinds)} yet.")


def records(store: psycopg.Connection[Any], kinds: tuple[str, ...] = KINDS) -> Iterator[dict[str, Any]]:
    """Every record of these kinds, as a dictionary of JSON-ready values; instants in UTC, numbers to six digits."""
    store.execute("SET TIME ZONE 'UTC'")
    for kind in KINDS:
        if kind in kinds:
            with store.cursor(row_factory=dict_row) as cursor:
                cursor.execute(_RECORDS[kind])
                for row in cursor:
                    yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str | dict) else _text(value)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def write(store: psycopg.Connection[Any], kind_of_file: str, output: BinaryIO, kinds: tuple[str, ...] = KINDS) -> int:
    """Write the records in a format (jsonl, json, csv, parquet, graphml); returns how many.

    CSV and Parquet have the columns kind, id, memory_ids, at, text and details (JSON of all other fields).
    """
    check(kind_of_file, kinds)
    rows = records(store, kinds)
    if kind_of_file == "jsonl":
        return _write_lines(rows, output)
    if kind_of_file == "json":
        listed = list(rows)
        output.write(json.dumps(listed, ensure_ascii=False, indent=1).encode() + b"\n")
        return len(listed)
    if kind_of_file == "graphml":
        return write_graph(rows, output)
    return _write_table(rows, output, kind_of_file)


def _write_lines(rows: Iterable[Mapping[str, Any]], output: BinaryIO) -> int:
    count = 0
    for row in rows:
        output.write(json_line(row).encode())
        count += 1
    return count


def _flat(row: Mapping[str, Any]) -> dict[str, str | None]:
    details = {name: value for name, value in row.items() if name not in COMMON}
    return {
        "kind": row["kind"],
        "id": row["id"],
        "memory_ids": json.dumps(row["memory_ids"]),
        "at": row["at"],
        "text": row["text"],
        "details": json.dumps(details, ensure_ascii=False),
    }


def _write_table(rows: Iterable[Mapping[str, Any]], output: BinaryIO, kind_of_file: str) -> int:
    """CSV and Parquet, by DuckDB."""
    with tempfile.TemporaryDirectory() as folder, session({"threads": 1}) as connection:
        lines, table = Path(folder, "records.jsonl"), Path(folder, "records")
        with lines.open("wb") as file:
            count = _write_lines(map(_flat, rows), file)
        connection.execute(
            f"COPY (SELECT * FROM read_json($lines, format = 'newline_delimited', columns = {{{TABLE_COLUMNS}}}, "
            f"maximum_object_size = {LARGEST_RECORD})) TO '{table}' ({_OPTIONS[kind_of_file]})",
            {"lines": str(lines)},
        )
        with table.open("rb") as file:
            shutil.copyfileobj(file, output)
    return count
