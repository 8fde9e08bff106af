"""Taking along what is remembered and learned: one record a line, in an order that never depends on chance."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import psycopg
from psycopg.rows import dict_row

from include.cli.output import json_line
from include.errors import CodexError

FORMATS = ("jsonl", "json", "csv", "parquet")

# Columns that tell of the machine and the hour rather than of the memory stay behind, so that two stores that were
# told the same give the same export, byte for byte.
_RECORDS: dict[str, str] = {
    "memory": """
        SELECT 'memory' AS kind, i.memory_id AS id, ARRAY[i.memory_id] AS memory_ids, i.created_at AS at,
            i.content AS text, i.context, i.summary, i.tags, i.status, i.status_reason, i.topics, i.people, i.places,
            s.episode_id, s.encoding_strength, s.strength, s.consolidated_at
        FROM codex_processed.memory_index i LEFT JOIN codex_processed.memory_strengths s USING (memory_id)
        ORDER BY i.created_at, i.memory_id
    """,
    "insight": """
        SELECT 'insight' AS kind, id, source_memory_ids AS memory_ids, created_at AS at, key_insight AS text,
            insight_type, confidence_score, people, concepts, tools, locations, extraction_model AS model,
            prompt_version
        FROM codex_processed.insights ORDER BY created_at, id
    """,
    "episode": """
        SELECT 'episode' AS kind, id, memory_ids, started_at AS at, headline AS text, ended_at, goal, people, places,
            topics, peak_arousal, mean_valence, peak_strength
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
            consolidated_at
        FROM codex_processed.semantic_memory ORDER BY event_at, id
    """,
    "dream": """
        SELECT 'dream' AS kind, id, source_memory_ids AS memory_ids, created_at AS at, creative_connection AS text,
            shared_theme, plausibility, novelty, night, cycle, model, prompt_version
        FROM codex_processed.creative_insights ORDER BY created_at, id
    """,
}

KINDS = tuple(_RECORDS)
_COMMON = ("kind", "id", "memory_ids", "at", "text")


def check(kind_of_file: str, kinds: tuple[str, ...] = KINDS) -> None:
    """Raise CodexError, with the names there are, for a format or a kind that there is not."""
    if kind_of_file not in FORMATS:
        raise CodexError(f"There is no format {kind_of_file!r}; there are {', '.join(FORMATS)}.")
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise CodexError(f"There is no kind {unknown[0]!r}; there are {', '.join(KINDS)}.")


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
    """Write the records in a format (jsonl, json, csv, parquet); returns how many.

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
    if kind_of_file == "csv":
        return _write_csv(rows, output)
    return _write_parquet(rows, output)


def _write_lines(rows: Iterator[dict[str, Any]], output: BinaryIO) -> int:
    count = 0
    for row in rows:
        output.write(json_line(row).encode())
        count += 1
    return count


def _flat(row: dict[str, Any]) -> list[str | None]:
    details = {name: value for name, value in row.items() if name not in _COMMON}
    return [
        row["kind"],
        row["id"],
        json.dumps(row["memory_ids"]),
        row["at"],
        row["text"],
        json.dumps(details, ensure_ascii=False),
    ]


def _write_csv(rows: Iterator[dict[str, Any]], output: BinaryIO) -> int:
    text = io.TextIOWrapper(output, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*_COMMON, "details"])
        count = 0
        for row in rows:
            writer.writerow(_flat(row))
            count += 1
    finally:
        text.detach()  # else it would close the output with itself
    return count


def _write_parquet(rows: Iterator[dict[str, Any]], output: BinaryIO) -> int:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        lines, made = Path(folder, "records.jsonl"), Path(folder, "records.parquet")
        with lines.open("wb") as file:
            names = (*_COMMON, "details")
            count = _write_lines((dict(zip(names, _flat(row), strict=True)) for row in rows), file)
        columns = ", ".join(f"\"{name}\": 'VARCHAR'" for name in (*_COMMON, "details"))
        connection.execute("SET threads = 1")
        connection.execute(
            f"COPY (SELECT * FROM read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}}, "
            f"maximum_object_size = 100000000)) TO '{made}' (FORMAT parquet)"
        )
        output.write(made.read_bytes())
    return count
