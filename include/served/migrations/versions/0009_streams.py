"""Searching reads less: neighbours by an index of streams, and no list of what is not indexed yet."""

import runpy
from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

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

# The function of 0007, which reads each vector as text once instead of three times, and neighbours by the new index.
SEARCH = r"""
CREATE OR REPLACE FUNCTION codex_processed.search(question text, k integer DEFAULT 10, tag text DEFAULT NULL)
RETURNS TABLE (memory_id uuid, score double precision, content text, created_at timestamptz, why jsonb)
LANGUAGE sql STABLE AS $$
    WITH total AS (
        SELECT greatest(memories, 1) AS memories, greatest(words::float8 / greatest(memories, 1), 1) AS mean_length
        FROM codex_processed.search_totals
    ), counted AS (
        SELECT lexeme, coalesce(w.memories, 0) AS held, total.memories, total.mean_length
        FROM unnest(codex_processed.words_of(left(question, 4000)))
        CROSS JOIN total
        LEFT JOIN codex_processed.search_words w ON w.word = lexeme
    ), terms AS (
        SELECT
            lexeme, mean_length, ln(1 + (memories - held + 0.5) / (held + 0.5)) AS rarity,
            quoted, quoted::tsquery AS query,
            -- The rarest words bring up memories, until enough are to be read; always the rarest one.
            sum(held) OVER (ORDER BY held, lexeme) <= 6000
                OR row_number() OVER (ORDER BY held, lexeme) = 1 AS brings_up
        FROM counted
        CROSS JOIN LATERAL (
            SELECT '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' AS quoted
        ) AS written
        WHERE held > 0
    ), matched AS (
        SELECT
            found.memory_id, sum(terms.rarity * 2.2 * held / (held + 1.2 * (0.4 + 0.6 * size / mean_length))) AS worth
        FROM terms
        CROSS JOIN LATERAL (
            SELECT
                m.memory_id, length(written) - length(translate(written, 'AB', '')) AS size,
                cardinality(string_to_array(
                    split_part(split_part(' ' || written, ' ' || terms.quoted || ':', 2), ' ', 1), ','
                )) AS held
            FROM (
                -- As text once a row, which takes longer than all the rest.
                SELECT m.memory_id, m.search_vector::text AS written FROM codex_processed.memory_index m
                WHERE m.search_vector @@ terms.query AND (search.tag IS NULL OR m.tags @> ARRAY[search.tag])
                LIMIT 6000
            ) AS m
        ) AS found
        WHERE terms.brings_up
        GROUP BY found.memory_id
    ), best AS (
        SELECT matched.memory_id, worth / max(worth) OVER () AS worth
        FROM matched ORDER BY worth DESC, matched.memory_id LIMIT 200
    ), shares AS (
        SELECT best.memory_id, 'words' AS way, worth AS share FROM best
        UNION ALL
        SELECT beside.memory_id, 'neighbours', 0.3 * best.worth
        FROM best JOIN codex_processed.memory_index m USING (memory_id)
        CROSS JOIN LATERAL (
            (SELECT n.memory_id FROM codex_processed.memory_index n
            WHERE codex_processed.stream_of(n.tags, n.context) = codex_processed.stream_of(m.tags, m.context)
                AND (n.created_at, n.memory_id) < (m.created_at, m.memory_id)
                AND n.created_at >= m.created_at - interval '30 minutes'
            ORDER BY n.created_at DESC, n.memory_id DESC LIMIT 1)
            UNION ALL
            (SELECT n.memory_id FROM codex_processed.memory_index n
            WHERE codex_processed.stream_of(n.tags, n.context) = codex_processed.stream_of(m.tags, m.context)
                AND (n.created_at, n.memory_id) > (m.created_at, m.memory_id)
                AND n.created_at <= m.created_at + interval '30 minutes'
            ORDER BY n.created_at, n.memory_id LIMIT 1)
        ) AS beside
        UNION ALL
        SELECT a.memory_b, 'association', 0.15 * a.weight * best.worth
        FROM best JOIN codex_processed.associations a ON a.memory_a = best.memory_id
        UNION ALL
        SELECT a.memory_a, 'association', 0.15 * a.weight * best.worth
        FROM best JOIN codex_processed.associations a ON a.memory_b = best.memory_id
    ), ways AS (
        SELECT shares.memory_id, way, max(share) AS share FROM shares GROUP BY shares.memory_id, way
    ), scored AS (
        SELECT ways.memory_id, sum(share) AS score, jsonb_object_agg(way, round(share::numeric, 4)) AS why
        FROM ways GROUP BY ways.memory_id
    )
    SELECT scored.memory_id, scored.score, m.content, m.created_at, scored.why
    FROM scored JOIN codex_processed.memory_index m USING (memory_id)
    WHERE search.tag IS NULL OR m.tags @> ARRAY[search.tag]
    ORDER BY scored.score DESC, scored.memory_id
    LIMIT greatest(k, 0)
$$;
"""


def upgrade() -> None:
    op.execute(STREAMS)
    op.execute(SEARCH)
    for index in INDEXES:
        op.execute(f"ALTER INDEX codex_processed.{index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('codex_processed.{index}')")


def downgrade() -> None:
    before = runpy.run_path(str(Path(__file__).with_name("0007_words_in_code.py")))
    op.execute(before["SEARCH"])
    for index in INDEXES:
        op.execute(f"ALTER INDEX codex_processed.{index} RESET (fastupdate)")
    op.execute("DROP INDEX codex_processed.memory_index_stream, codex_processed.semantic_memory_superseded")
    op.execute("DROP FUNCTION codex_processed.stream_of(text[], text)")
