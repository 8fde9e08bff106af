"""Throughput of a period: memories saved, and how many reached each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.monitoring.metrics.rows import rows_of

if TYPE_CHECKING:
    import duckdb

    from include.monitoring.metrics.period import Period

_FIGURES = """
    select
        (
            select count(*)
            from staging.stg_codex_store__memories
            where is_current and not is_deleted and updated_at > $since and updated_at <= $until
        ) as saved,
        (select count(*) from insights.insights where answered_at > $since and answered_at <= $until) as insights,
        (
            select count(*)
            from consolidation.trace_strength
            where last_replayed_at > $since and last_replayed_at <= $until
        ) as replayed,
        (
            select count(*)
            from consolidation.memory_replay
            where consolidated_at > $since and consolidated_at <= $until
        ) as consolidated,
        (
            select count(*)
            from long_term.ltm_semantic_network
            where entered_ltm_at > $since and entered_ltm_at <= $until
        ) as knowledge,
        (
            select count(*)
            from rem.creative_insights
            where is_kept and event_at > $since and event_at <= $until
        ) as dreams,
        (
            select count(*)
            from store.codex_processed.retrievals
            where retrieved_at > $since and retrieved_at <= $until
        ) as recalls
"""


def throughput(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[str, Any]:
    """Memories saved or changed, insights, replays, consolidations, knowledge, dreams and recalls of the period.

    Replays, consolidations, knowledge and dreams count by the instant that their run worked for.
    """
    [figures] = rows_of(connection, _FIGURES, {"since": period.since, "until": period.until})
    return figures
