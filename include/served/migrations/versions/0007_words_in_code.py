"""Words that punctuation joins are words of their own ("app/models/user.rb"), and a memory is as long as all its words.

PostgreSQL reads paths, addresses and names of methods as one word each, which no question asks for.
"""

import runpy
from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

FUNCTIONS = r"""
CREATE FUNCTION codex_processed.words_of(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('english', translate(given, './:@#_=<>-&?|\', '              '))
$$;
-- Words of summary (A) and content (B), each as often as it occurs: BM25 compares with this. The letters of the weights
-- are the only capitals of a vector; counting them takes a tenth of the time of taking it apart.
CREATE FUNCTION codex_processed.length_of(given tsvector) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (length(given::text) - length(translate(given::text, 'AB', '')))::bigint
$$;
"""

# The columns of words, made anew by this version's function or by the one before.
COLUMNS = """
ALTER TABLE codex_processed.memory_index DROP COLUMN search_vector;
ALTER TABLE codex_processed.memory_index ADD COLUMN search_vector tsvector GENERATED ALWAYS AS (
    setweight({words}left(coalesce(summary, ''), 2000)), 'A')
    || setweight({words}left(content, 100000)), 'B')
    || setweight({words}left(coalesce(context, ''), 2000)), 'C')
) STORED;
CREATE INDEX memory_index_search ON codex_processed.memory_index USING gin (search_vector);
ALTER TABLE codex_processed.insights DROP COLUMN search_vector;
ALTER TABLE codex_processed.insights ADD COLUMN search_vector tsvector GENERATED ALWAYS AS ({words}key_insight)) STORED;
CREATE INDEX insights_search ON codex_processed.insights USING gin (search_vector);
CREATE OR REPLACE FUNCTION codex_processed.semantic_memory_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_vector := {words}concat_ws(' ', NEW.semantic_gist,
        array_to_string(NEW.patterns, ' '), array_to_string(NEW.insights, ' '),
        array_to_string(NEW.related_concepts, ' ')));
    RETURN NEW;
END $$;
UPDATE codex_processed.semantic_memory SET semantic_gist = semantic_gist;
TRUNCATE codex_processed.search_words, codex_processed.search_totals;
INSERT INTO codex_processed.search_words (word, memories)
SELECT word, count(*) FROM codex_processed.memory_index, unnest(tsvector_to_array(search_vector)) AS word GROUP BY word;
INSERT INTO codex_processed.search_totals (memories, words)
SELECT count(*), coalesce(sum({length}(search_vector)), 0) FROM codex_processed.memory_index;
"""

COUNTS = r"""
CREATE OR REPLACE FUNCTION codex_processed.count_words() RETURNS trigger LANGUAGE plpgsql AS $$
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
    FROM (SELECT sum(sign) AS sign, sum(sign * {length}(vector)) AS words FROM search_vectors_now) AS change;
    DROP TABLE search_vectors_now;
    RETURN NULL;
END $$;
"""

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
                m.memory_id, codex_processed.length_of(m.search_vector) AS size,
                cardinality(string_to_array(
                    split_part(split_part(' ' || m.search_vector::text, ' ' || terms.quoted || ':', 2), ' ', 1), ','
                )) AS held
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
                AND n.tags IS NOT DISTINCT FROM m.tags AND n.context IS NOT DISTINCT FROM m.context
            ORDER BY n.created_at DESC, n.memory_id DESC LIMIT 1)
            UNION ALL
            (SELECT n.memory_id FROM codex_processed.memory_index n
            WHERE (n.created_at, n.memory_id) > (m.created_at, m.memory_id)
                AND n.created_at <= m.created_at + interval '30 minutes'
                AND n.tags IS NOT DISTINCT FROM m.tags AND n.context IS NOT DISTINCT FROM m.context
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
    op.execute(FUNCTIONS)
    op.execute(COLUMNS.format(words="codex_processed.words_of(", length="codex_processed.length_of"))
    op.execute(COUNTS.format(length="codex_processed.length_of"))
    op.execute(SEARCH)


def downgrade() -> None:
    before = runpy.run_path(str(Path(__file__).with_name("0006_search.py")))
    op.execute("DROP FUNCTION codex_processed.search(text, integer, text)")
    op.execute(COLUMNS.format(words="to_tsvector('english', ", length="length"))
    op.execute(COUNTS.format(length="length"))
    op.execute(before["SEARCH"])
    op.execute("DROP FUNCTION codex_processed.words_of(text)")
    op.execute("DROP FUNCTION codex_processed.length_of(tsvector)")
