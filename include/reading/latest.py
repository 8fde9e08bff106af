"""The latest insights, dreams and episodes of the served schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from include.errors import CodexError

UNPUBLISHED = "Nothing was published yet: run ./codex up, or ./codex consolidate --local."
MISSING_SCHEMA = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)
"""PostgreSQL's errors where the served schema is not there, or is of an older version."""

Kind = Literal["insights", "dreams", "episodes"]

_QUERIES: dict[Kind, str] = {
    "insights": """
    SELECT u.id, u.memory_id, u.key_insight AS insight, u.insight_type AS type, u.confidence_score AS confidence,
        u.people, u.concepts, u.tools, u.locations, u.created_at, u.extraction_model AS model,
        u.pipeline_source AS source, m.tags, u.evidence_count,
        coalesce(i.source_memory_ids, ARRAY[u.memory_id]) AS memory_ids
    FROM codex_processed.insights_unified u
    LEFT JOIN codex_processed.insights i USING (id)
    LEFT JOIN codex_processed.memory_index m ON m.memory_id = u.memory_id
    WHERE (%(every)s OR i.across_notes OR i.extraction_model = 'owner') AND (%(tag)s::text IS NULL OR EXISTS (
        SELECT 1 FROM codex_processed.memory_index t
        WHERE t.memory_id = ANY (coalesce(i.source_memory_ids, ARRAY[u.memory_id])) AND %(tag)s = ANY (t.tags)
    ))
    ORDER BY u.created_at DESC, u.id LIMIT %(limit)s
    """,
    "dreams": """
    SELECT d.id, d.creative_connection AS dream, d.shared_theme AS theme, d.plausibility, d.novelty, d.night, d.cycle,
        d.model, d.source_memory_ids AS memory_ids,
        ARRAY[coalesce(a.summary, left(a.content, 80)), coalesce(b.summary, left(b.content, 80))] AS about
    FROM codex_processed.creative_insights d
    LEFT JOIN codex_processed.memory_index a ON a.memory_id = d.source_memory_1
    LEFT JOIN codex_processed.memory_index b ON b.memory_id = d.source_memory_2
    ORDER BY d.night DESC, d.plausibility DESC, d.id LIMIT %(limit)s
    """,
    "episodes": """
    SELECT e.id, e.started_at, e.ended_at, e.headline, e.goal, e.people, e.places, e.topics,
        e.peak_arousal AS arousal, e.mean_valence AS valence, e.memory_ids
    FROM codex_processed.episodes e
    WHERE cardinality(e.memory_ids) > 1 AND (%(tag)s::text IS NULL OR EXISTS (
        SELECT 1 FROM codex_processed.memory_index m WHERE m.memory_id = ANY (e.memory_ids) AND %(tag)s = ANY (m.tags)
    ))
    ORDER BY e.started_at DESC, e.id LIMIT %(limit)s
    """,
}


@contextmanager
def published() -> Iterator[None]:
    """A block that reads the served schema. Raises CodexError where nothing was published, or by an older version."""
    try:
        yield
    except MISSING_SCHEMA:
        raise CodexError(UNPUBLISHED) from None


def latest(
    store: psycopg.Connection[Any], kind: Kind, *, limit: int, tag: str | None = None, every: bool = False
) -> list[dict[str, Any]]:
    """The latest rows of a kind, at most `limit`; dreams have no tag. Raises CodexError where nothing was published.

    :param every: of insights also what one memory says by itself, and not only what follows from several
    """
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(_QUERIES[kind], {"limit": limit, "tag": tag, "every": every}).fetchall()
