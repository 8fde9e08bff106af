"""What searching needs: who speaks in a turn, how common each word is, vectors that are found without reading all."""

from alembic import op

revision = "0006"
down_revision = "0005"

SPEAKER = r"""
-- "Anna: I moved to Lisbon" is a turn of Anna's; a chat with a machine has a user and an assistant.
ALTER TABLE codex_processed.memory_index ADD COLUMN speaker text GENERATED ALWAYS AS (lower(substring(
    left(content, 100)
    from '^([[:upper:]][[:alpha:]''.-]{0,30}|user|assistant|human)(?: [[:upper:]][[:alpha:]''.-]{0,30}){0,2}: '
))) STORED;
CREATE INDEX memory_index_speaker ON codex_processed.memory_index (speaker) WHERE speaker IS NOT NULL;
DROP INDEX codex_processed.memory_index_created_at;
CREATE INDEX memory_index_created_at ON codex_processed.memory_index (created_at, memory_id);
"""

# A vector index is of one dimension: that of the embedded model, that of nomic-embed-text, and that of larger models.
VECTORS = """
CREATE INDEX memory_index_vectors_512 ON codex_processed.memory_index
    USING hnsw ((embedding::halfvec(512)) halfvec_cosine_ops) WHERE vector_dims(embedding) = 512;
CREATE INDEX memory_index_vectors_768 ON codex_processed.memory_index
    USING hnsw ((embedding::halfvec(768)) halfvec_cosine_ops) WHERE vector_dims(embedding) = 768;
CREATE INDEX memory_index_vectors_1024 ON codex_processed.memory_index
    USING hnsw ((embedding::halfvec(1024)) halfvec_cosine_ops) WHERE vector_dims(embedding) = 1024;
"""

WORDS = """
CREATE TABLE codex_processed.search_words (
    word text PRIMARY KEY,
    memories bigint NOT NULL
);
CREATE TABLE codex_processed.search_totals (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    memories bigint NOT NULL,
    words bigint NOT NULL
);
INSERT INTO codex_processed.search_words (word, memories)
SELECT word, count(*) FROM codex_processed.memory_index, unnest(tsvector_to_array(search_vector)) AS word GROUP BY word;
INSERT INTO codex_processed.search_totals (memories, words)
SELECT count(*), coalesce(sum(length(search_vector)), 0) FROM codex_processed.memory_index;

-- Counted with each statement that writes the index, by the difference it makes.
CREATE FUNCTION codex_processed.count_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        CREATE TEMP TABLE search_vectors_now ON COMMIT DROP AS SELECT search_vector AS vector, 1 AS sign FROM came;
    ELSIF TG_OP = 'DELETE' THEN
        CREATE TEMP TABLE search_vectors_now ON COMMIT DROP AS SELECT search_vector AS vector, -1 AS sign FROM went;
    ELSE
        CREATE TEMP TABLE search_vectors_now ON COMMIT DROP AS
        SELECT unnest(ARRAY[came.search_vector, went.search_vector]) AS vector, unnest(ARRAY[1, -1]) AS sign
        FROM came JOIN went USING (memory_id) WHERE came.search_vector IS DISTINCT FROM went.search_vector;
    END IF;
    INSERT INTO codex_processed.search_words AS counted (word, memories)
    SELECT word, sum(sign) FROM search_vectors_now, unnest(tsvector_to_array(vector)) AS word
    GROUP BY word HAVING sum(sign) <> 0 ORDER BY word
    ON CONFLICT (word) DO UPDATE SET memories = counted.memories + excluded.memories;
    UPDATE codex_processed.search_totals AS total SET memories = total.memories + coalesce(change.sign, 0),
        words = total.words + coalesce(change.words, 0)
    FROM (SELECT sum(sign) AS sign, sum(sign * length(vector)) AS words FROM search_vectors_now) AS change;
    DROP TABLE search_vectors_now;
    RETURN NULL;
END $$;
CREATE TRIGGER count_words_came AFTER INSERT ON codex_processed.memory_index
    REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION codex_processed.count_words();
CREATE TRIGGER count_words_went AFTER DELETE ON codex_processed.memory_index
    REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION codex_processed.count_words();
CREATE TRIGGER count_words_changed AFTER UPDATE ON codex_processed.memory_index
    REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION codex_processed.count_words();
"""

# For clients with nothing but PostgreSQL: words (BM25), what stands beside, what is associated; without embeddings.
SEARCH = r"""
CREATE FUNCTION codex_processed.search(question text, k integer DEFAULT 10, tag text DEFAULT NULL)
RETURNS TABLE (memory_id uuid, score double precision, content text, created_at timestamptz, why jsonb)
LANGUAGE sql STABLE AS $$
    WITH total AS (
        SELECT greatest(memories, 1) AS memories, greatest(words::float8 / greatest(memories, 1), 1) AS mean_length
        FROM codex_processed.search_totals
    ), counted AS (
        SELECT lexeme, coalesce(w.memories, 0) AS held, total.memories, total.mean_length
        FROM unnest(to_tsvector('english', left(question, 4000)))
        CROSS JOIN total
        LEFT JOIN codex_processed.search_words w ON w.word = lexeme
    ), terms AS (
        SELECT
            lexeme, mean_length, ln(1 + (memories - held + 0.5) / (held + 0.5)) AS rarity,
            ('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''')::tsquery AS query,
            -- The rarest words bring up memories, until enough are to be read; always the rarest one.
            sum(held) OVER (ORDER BY held, lexeme) <= 6000
                OR row_number() OVER (ORDER BY held, lexeme) = 1 AS brings_up
        FROM counted
        WHERE held > 0
    ), matched AS (
        SELECT
            found.memory_id, sum(terms.rarity * 2.2 * held / (held + 1.2 * (0.5 + 0.5 * size / mean_length))) AS worth
        FROM terms
        CROSS JOIN LATERAL (
            SELECT
                m.memory_id, length(m.search_vector) AS size,
                (
                    SELECT cardinality(v.positions) FROM unnest(m.search_vector) AS v WHERE v.lexeme = terms.lexeme
                ) AS held
            FROM codex_processed.memory_index m
            WHERE m.search_vector @@ terms.query AND (search.tag IS NULL OR m.tags @> ARRAY[search.tag])
            LIMIT 6000
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
            WHERE (n.created_at, n.memory_id) < (m.created_at, m.memory_id)
                AND n.created_at >= m.created_at - interval '30 minutes'
                AND n.tags = m.tags AND n.context IS NOT DISTINCT FROM m.context
            ORDER BY n.created_at DESC, n.memory_id DESC LIMIT 1)
            UNION ALL
            (SELECT n.memory_id FROM codex_processed.memory_index n
            WHERE (n.created_at, n.memory_id) > (m.created_at, m.memory_id)
                AND n.created_at <= m.created_at + interval '30 minutes'
                AND n.tags = m.tags AND n.context IS NOT DISTINCT FROM m.context
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
    op.execute(SPEAKER)
    op.execute(VECTORS)
    op.execute(WORDS)
    op.execute(SEARCH)


def downgrade() -> None:
    op.execute(
        """
        DROP FUNCTION codex_processed.search(text, integer, text);
        DROP TRIGGER count_words_came ON codex_processed.memory_index;
        DROP TRIGGER count_words_went ON codex_processed.memory_index;
        DROP TRIGGER count_words_changed ON codex_processed.memory_index;
        DROP FUNCTION codex_processed.count_words();
        DROP TABLE codex_processed.search_words, codex_processed.search_totals;
        DROP INDEX codex_processed.memory_index_vectors_512, codex_processed.memory_index_vectors_768,
            codex_processed.memory_index_vectors_1024, codex_processed.memory_index_created_at;
        CREATE INDEX memory_index_created_at ON codex_processed.memory_index (created_at);
        ALTER TABLE codex_processed.memory_index DROP COLUMN speaker;
        """
    )
