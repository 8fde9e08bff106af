"""Lists are found by what they hold, and knowledge and links by strength and time together."""

from alembic import op

revision = "0023"
down_revision = "0016"

LISTS = (
    *(("semantic_memory", column) for column in ("patterns", "related_concepts", "source_memory_ids")),
    *(("insights", column) for column in ("people", "concepts")),
    *(("episodes", column) for column in ("memory_ids", "people")),
    *(("memory_index", column) for column in ("topics", "people")),
)


def upgrade() -> None:
    for table, column in LISTS:
        # As the other GIN indexes: what was published is found at once, without a list of what is still to be put in.
        op.execute(
            f"CREATE INDEX {table}_{column}_held ON codex_processed.{table} "
            f"USING gin ({column}) WITH (fastupdate = off)"
        )
    op.execute(
        "CREATE INDEX semantic_memory_strength_time "
        "ON codex_processed.semantic_memory (retrieval_strength DESC, event_at DESC);"
        "CREATE INDEX associations_weight_time ON codex_processed.associations (weight DESC, last_at DESC)"
    )


def downgrade() -> None:
    op.execute("DROP INDEX codex_processed.semantic_memory_strength_time, codex_processed.associations_weight_time")
    for table, column in LISTS:
        op.execute(f"DROP INDEX codex_processed.{table}_{column}_held")
