"""Health, fates, working memory and one memory, read from the served schema for the page in the web UI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from include.lake.connection import Lake
from include.reading.latest import published

Row = dict[str, Any]

MISSES = 20
"""Latest misses of a target that are shown."""
NEIGHBOURS = 12
"""Associations of a memory that are listed, the strongest first."""

_HEALTH = """
    SELECT component, status, alert_level, reason, checked_at FROM codex_processed.memory_health
    WHERE component NOT LIKE 'memories %%'
    ORDER BY CASE alert_level WHEN 'critical' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, component
"""
_MISSES = """
    SELECT kind, subject, target, message, missed_at, recovered_at FROM codex_processed.sla_misses
    ORDER BY recovered_at IS NOT NULL, missed_at DESC LIMIT %(limit)s
"""
_HELD_BACK = "SELECT table_name, reason, held_since FROM codex_processed.held_back ORDER BY table_name"
_FATES = "SELECT status, count(*) AS memories FROM codex_processed.memory_index GROUP BY status"

_MEMORY = """
    SELECT i.memory_id, i.content, i.summary, i.tags, i.topics, i.people, i.places, i.created_at, i.status,
        i.status_reason, s.strength, s.encoding_strength, k.semantic_gist, k.semantic_category, k.stability_days,
        k.retrievability, k.as_of AS known_as_of, k.access_count, k.is_archived, k.superseded_at, u.key_insight
    FROM codex_processed.memory_index i
    LEFT JOIN codex_processed.memory_strengths s USING (memory_id)
    LEFT JOIN codex_processed.semantic_memory k ON k.source_memory_id = i.memory_id
    LEFT JOIN codex_processed.insights_unified u USING (memory_id)
    WHERE i.memory_id = %(id)s
"""
_NEIGHBOURS = """
    SELECT o.memory_id, coalesce(o.summary, left(o.content, 120)) AS title, a.weight, a.coactivations, a.is_dream_only
    FROM (
        SELECT CASE WHEN memory_a = %(id)s THEN memory_b ELSE memory_a END AS memory_id, weight, coactivations,
            is_dream_only
        FROM codex_processed.associations WHERE memory_a = %(id)s OR memory_b = %(id)s
    ) a JOIN codex_processed.memory_index o USING (memory_id)
    ORDER BY a.weight DESC, o.memory_id LIMIT %(limit)s
"""
_DREAMS = """
    SELECT creative_connection AS dream, shared_theme AS theme, night FROM codex_processed.creative_insights
    WHERE source_memory_1 = %(id)s OR source_memory_2 = %(id)s ORDER BY night DESC, id LIMIT %(limit)s
"""
_IN_MIND = """
    select held.memory_id, held.slot, held.in_focus, held.priority, held.event_at, memories.content
    from working_memory.wm_active_attention as held
    inner join staging.stg_codex_store__memories as memories
        on held.memory_id = memories.memory_id and memories.is_current
    order by held.slot, held.event_at, held.memory_id
"""


@dataclass(frozen=True)
class HealthSummary:
    """Each part's health, the worst first; the latest misses of targets, open ones first; tables held back."""

    parts: list[Row]
    misses: list[Row]
    held_back: list[Row]

    @property
    def troubles(self) -> list[Row]:
        """Parts that are not well."""
        return [part for part in self.parts if part["alert_level"] != "ok"]

    @property
    def open_misses(self) -> list[Row]:
        """Misses that go on."""
        return [miss for miss in self.misses if miss["recovered_at"] is None]


@dataclass(frozen=True)
class MemoryPage:
    """A memory as it is served, its strongest associations, and the dreams it was in."""

    memory: Row
    neighbours: list[Row]
    dreams: list[Row]


def health_summary(store: psycopg.Connection[Any]) -> HealthSummary:
    """Health as the `health` rhythm last found it. Raises CodexError where nothing was published."""
    return HealthSummary(_rows(store, _HEALTH), _rows(store, _MISSES, limit=MISSES), _rows(store, _HELD_BACK))


def fates(store: psycopg.Connection[Any]) -> dict[str, int]:
    """How many published memories have each fate. Raises CodexError where nothing was published."""
    return {row["status"]: row["memories"] for row in _rows(store, _FATES)}


def memory_page(store: psycopg.Connection[Any], memory_id: UUID) -> MemoryPage | None:
    """One memory; None where it is not served (not yet taken in, or gone). Raises CodexError."""
    found = _rows(store, _MEMORY, id=memory_id)
    if not found:
        return None
    given = {"id": memory_id, "limit": NEIGHBOURS}
    return MemoryPage(found[0], _rows(store, _NEIGHBOURS, **given), _rows(store, _DREAMS, **given))


def in_mind(lake: Lake) -> list[Row]:
    """The contents of working memory, by place: at most nine, four of them in focus; as of its last run."""
    with lake.connect(threads=1) as connection:
        found = connection.execute(_IN_MIND)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _rows(store: psycopg.Connection[Any], query: LiteralString, **given: Any) -> list[Row]:
    with store.cursor(row_factory=dict_row) as cursor, published():
        return cursor.execute(query, given).fetchall()
