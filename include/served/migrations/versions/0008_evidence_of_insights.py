"""An insight tells how many memories say it."""

from alembic import op

revision = "0008"
down_revision = "0007"

UNIFIED = """
CREATE VIEW codex_processed.insights_unified AS
WITH chosen AS (
    SELECT
        i.memory_id,
        k.id IS NOT NULL AND NOT k.is_archived
        AND (('x' || substr(md5(i.memory_id::text), 1, 7))::bit(28)::int / 268435456.0)
            < (SELECT share FROM codex_processed.cut_over) AS biological
    FROM codex_processed.insights i
    LEFT JOIN codex_processed.semantic_memory k ON k.source_memory_id = i.memory_id
)
SELECT
    i.id, i.memory_id, i.key_insight, i.insight_type, i.confidence_score, i.people, i.concepts, i.tools, i.locations,
    i.extraction_model, i.extraction_timestamp, i.created_at, 'quick' AS pipeline_source{quick}
FROM codex_processed.insights i JOIN chosen c USING (memory_id)
WHERE NOT c.biological
UNION ALL
SELECT
    k.id, k.source_memory_id, k.semantic_gist,
    CASE k.knowledge_type WHEN 'procedural' THEN 'pattern' WHEN 'conditional' THEN 'idea' ELSE 'observation' END,
    k.confidence_score, '{{}}', k.related_concepts, '{{}}', '{{}}', k.model, k.consolidated_at, k.created_at,
    'biological' AS pipeline_source{biological}
FROM codex_processed.semantic_memory k JOIN chosen c ON c.memory_id = k.source_memory_id
WHERE c.biological;
"""


def upgrade() -> None:
    op.execute(
        "DROP VIEW codex_processed.insights_unified;"
        "ALTER TABLE codex_processed.insights ADD COLUMN evidence_count integer NOT NULL "
        "GENERATED ALWAYS AS (cardinality(source_memory_ids)) STORED;"
        "CREATE INDEX insights_sources ON codex_processed.insights USING gin (source_memory_ids);"
        + UNIFIED.format(quick=", i.evidence_count", biological=", k.evidence_count")
    )


def downgrade() -> None:
    op.execute(
        "DROP VIEW codex_processed.insights_unified;"
        "DROP INDEX codex_processed.insights_sources;"
        "ALTER TABLE codex_processed.insights DROP COLUMN evidence_count;" + UNIFIED.format(quick="", biological="")
    )
