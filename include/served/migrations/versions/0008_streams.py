"""Searching reads less: neighbours by an index of streams, and no list of what is not indexed yet."""

from alembic import op

revision = "0008"
down_revision = "0007"

# Memories of the same tags and context are one stream; 64 bits tell streams apart. Without this index, what stands
# beside a memory is looked for among all that was saved in the same half hour.
STREAMS = """
CREATE FUNCTION codex_processed.stream_of(tags text[], context text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hash_array_extended(tags, 0) # coalesce(hashtextextended(context, 1), 0)
$$;
CREATE INDEX memory_index_stream
    ON codex_processed.memory_index (codex_processed.stream_of(tags, context), created_at, memory_id);
CREATE INDEX semantic_memory_superseded ON codex_processed.semantic_memory (source_memory_id)
    WHERE superseded_at IS NOT NULL;
"""

# What a publication adds is put where it belongs at once; else every search reads the list of what is to be put there,
# up to 4 MB a word of the question, until a vacuum comes.
INDEXES = ("memory_index_search", "memory_index_tags", "insights_search", "semantic_memory_search")


def upgrade() -> None:
    op.execute(STREAMS)
    for index in INDEXES:
        op.execute(f"ALTER INDEX codex_processed.{index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('codex_processed.{index}')")


def downgrade() -> None:
    for index in INDEXES:
        op.execute(f"ALTER INDEX codex_processed.{index} RESET (fastupdate)")
    op.execute("DROP INDEX codex_processed.memory_index_stream, codex_processed.semantic_memory_superseded")
    op.execute("DROP FUNCTION codex_processed.stream_of(text[], text)")
