"""The cut-over from the quick path to the biological one: a comparison, and the share that is moved.

Which path a memory's unified insight comes from is a hash of its id against the share that is cut over, so it is the
same for every reader and every query, and a greater share takes nobody back.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from include.errors import CodexError

_COMPARED = """
    WITH paths AS (
        SELECT
            coalesce(i.said_by, k.source_memory_id) AS memory_id,
            i.key_insight AS quick, k.semantic_gist AS biological,
            i.confidence_score AS quick_confidence, k.retrieval_strength AS biological_confidence,
            cardinality(i.source_memory_ids) AS quick_evidence, cardinality(k.source_memory_ids) AS biological_evidence,
            tsvector_to_array(to_tsvector('english', i.key_insight)) AS quick_words,
            tsvector_to_array(to_tsvector('english', k.semantic_gist)) AS biological_words
        -- An insight covers all memories that say it.
        FROM (SELECT *, unnest(source_memory_ids) AS said_by FROM codex_processed.insights) i
        FULL JOIN (SELECT * FROM codex_processed.semantic_memory WHERE NOT is_archived) k
            ON k.source_memory_id = i.said_by
    ), measured AS (
        SELECT
            *,
            length(biological)::float / nullif(length(quick), 0) AS length_ratio,
            CASE WHEN quick IS NOT NULL AND biological IS NOT NULL THEN
                (SELECT count(*) FROM unnest(quick_words) w WHERE w = ANY (biological_words))::float
                / nullif((SELECT count(DISTINCT w) FROM unnest(quick_words || biological_words) w), 0)
            END AS agreement
        FROM paths
    )
    SELECT
        (SELECT count(*) FROM codex_processed.memory_index) AS memories,
        count(quick) AS quick,
        count(biological) AS biological,
        count(*) FILTER (WHERE quick IS NOT NULL AND biological IS NOT NULL) AS both,
        avg(length(quick)) FILTER (WHERE biological IS NOT NULL)::float AS quick_length,
        avg(length(biological)) FILTER (WHERE quick IS NOT NULL)::float AS biological_length,
        avg(length_ratio) AS length_ratio,
        stddev_samp(length_ratio) AS length_ratio_deviation,
        count(*) FILTER (WHERE length(biological) < length(quick)) AS biological_shorter,
        avg(quick_confidence) FILTER (WHERE biological IS NOT NULL) AS quick_confidence,
        avg(biological_confidence) FILTER (WHERE quick IS NOT NULL) AS biological_confidence,
        count(*) FILTER (WHERE biological_confidence > quick_confidence) AS biological_surer,
        avg(agreement) AS agreement,
        avg(quick_evidence) FILTER (WHERE biological IS NOT NULL)::float AS quick_evidence,
        avg(biological_evidence) FILTER (WHERE quick IS NOT NULL)::float AS biological_evidence,
        count(*) FILTER (WHERE biological_evidence > quick_evidence) AS biological_more_evidence,
        (SELECT share FROM codex_processed.cut_over) AS share
    FROM measured
"""


@dataclass(frozen=True)
class Comparison:
    """The two paths over the memories that both know; means are None where there is none.

    Lengths are in characters; a confidence is 0 to 1 (of the gist: its retrieval strength); `agreement` is the mean
    share of content words that both say (Jaccard, 0 to 1); evidence is how many memories a statement rests on.
    """

    memories: int
    quick: int
    biological: int
    both: int
    quick_length: float | None
    biological_length: float | None
    length_ratio: float | None
    length_ratio_deviation: float | None
    biological_shorter: int
    quick_confidence: float | None
    biological_confidence: float | None
    biological_surer: int
    agreement: float | None
    quick_evidence: float | None
    biological_evidence: float | None
    biological_more_evidence: int
    share: float

    def as_json(self) -> dict[str, Any]:
        """For `--json`; means to four digits."""
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}


def compare(store: psycopg.Connection[Any]) -> Comparison:
    """Measure both paths as they are served."""
    with store.cursor(row_factory=class_row(Comparison)) as cursor:
        return cursor.execute(_COMPARED).fetchall()[0]


@dataclass(frozen=True)
class Share:
    """The share that is cut over (0 to 1), the one before, and what each path answers for now."""

    share: float
    previous_share: float | None
    quick: int
    biological: int


def share(store: psycopg.Connection[Any]) -> Share:
    """The present share, the one before, and what each path answers for."""
    with store.cursor(row_factory=class_row(Share)) as cursor:
        return cursor.execute(
            """
            SELECT c.share, c.previous_share,
                (SELECT count(*) FROM codex_processed.insights_unified WHERE pipeline_source = 'quick') AS quick,
                (SELECT count(*) FROM codex_processed.insights_unified WHERE pipeline_source = 'biological')
                    AS biological
            FROM codex_processed.cut_over c
            """
        ).fetchall()[0]


def move(store: psycopg.Connection[Any], to: float) -> None:
    """Cut over this share of memories. Raises CodexError for a number that is no share."""
    if not 0 <= to <= 1:
        raise CodexError(f"A share is a number from 0 to 1; this is {to:g}.")
    store.execute(
        "UPDATE codex_processed.cut_over SET previous_share = share, share = %s, moved_at = now() WHERE share <> %s",
        [to, to],
    )


def go_back(store: psycopg.Connection[Any]) -> None:
    """Go back to the share before the last move. Raises CodexError where there was no move."""
    moved = store.execute(
        "UPDATE codex_processed.cut_over SET share = previous_share, previous_share = share, moved_at = now() "
        "WHERE previous_share IS NOT NULL"
    ).rowcount
    if not moved:
        raise CodexError("Nothing was cut over yet, so there is nothing to go back to.")
