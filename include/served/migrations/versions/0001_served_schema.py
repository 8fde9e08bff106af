"""The served schema: knowledge, insights, dreams, the index of memories, and what tells of the system's health."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE codex_processed.insights (
    id uuid PRIMARY KEY,
    memory_id uuid NOT NULL UNIQUE,
    key_insight text NOT NULL,
    insight_type varchar(50) NOT NULL CHECK (insight_type IN ('observation', 'pattern', 'question', 'idea')),
    confidence_score double precision NOT NULL CHECK (confidence_score BETWEEN 0 AND 1),
    people text[] NOT NULL DEFAULT '{}',
    concepts text[] NOT NULL DEFAULT '{}',
    tools text[] NOT NULL DEFAULT '{}',
    locations text[] NOT NULL DEFAULT '{}',
    extraction_model varchar(100) NOT NULL,
    prompt_version varchar(20) NOT NULL,
    source_memory_ids uuid[] NOT NULL,
    extraction_timestamp timestamptz NOT NULL,
    processing_duration_ms integer,
    created_at timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    search_vector tsvector GENERATED ALWAYS AS (to_tsvector('english', key_insight)) STORED
);
CREATE INDEX insights_search ON codex_processed.insights USING gin (search_vector);

CREATE TABLE codex_processed.semantic_memory (
    id uuid PRIMARY KEY,
    source_memory_id uuid NOT NULL UNIQUE,
    source_memory_ids uuid[] NOT NULL,
    semantic_gist text NOT NULL,
    knowledge_type varchar(50),
    abstraction_level integer CHECK (abstraction_level BETWEEN 1 AND 5),
    confidence_score double precision NOT NULL CHECK (confidence_score BETWEEN 0 AND 1),
    semantic_category varchar(120),
    cortical_region varchar(50),
    macrocolumn_id varchar(20),
    minicolumn_id varchar(20),
    column_rank integer,
    patterns text[] NOT NULL DEFAULT '{}',
    insights text[] NOT NULL DEFAULT '{}',
    predictions text[] NOT NULL DEFAULT '{}',
    principles text[] NOT NULL DEFAULT '{}',
    contradictions text[] NOT NULL DEFAULT '{}',
    related_concepts text[] NOT NULL DEFAULT '{}',
    integration_points text[] NOT NULL DEFAULT '{}',
    consolidated_strength double precision NOT NULL CHECK (consolidated_strength BETWEEN 0 AND 1),
    stability_days double precision NOT NULL,
    retrievability double precision NOT NULL CHECK (retrievability BETWEEN 0 AND 1),
    retrieval_strength double precision NOT NULL CHECK (retrieval_strength BETWEEN 0 AND 1),
    access_count integer NOT NULL DEFAULT 0,
    last_accessed_at timestamptz,
    memory_age varchar(20) NOT NULL,
    consolidation_state varchar(20) NOT NULL,
    is_archived boolean NOT NULL DEFAULT false,
    processing_version varchar(20) NOT NULL,
    model varchar(100) NOT NULL,
    prompt_version varchar(20) NOT NULL,
    event_at timestamptz NOT NULL,
    consolidated_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    search_vector tsvector
);
CREATE INDEX semantic_memory_search ON codex_processed.semantic_memory USING gin (search_vector);
CREATE INDEX semantic_memory_category ON codex_processed.semantic_memory (semantic_category);
CREATE INDEX semantic_memory_strength ON codex_processed.semantic_memory (retrieval_strength DESC);
CREATE INDEX semantic_memory_accessed ON codex_processed.semantic_memory (last_accessed_at DESC);

-- array_to_string is not immutable, so a generated column can't use it; a trigger does the same.
CREATE FUNCTION codex_processed.semantic_memory_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_vector := to_tsvector('english', concat_ws(' ', NEW.semantic_gist,
        array_to_string(NEW.patterns, ' '), array_to_string(NEW.insights, ' '),
        array_to_string(NEW.related_concepts, ' ')));
    RETURN NEW;
END $$;
CREATE TRIGGER semantic_memory_search BEFORE INSERT OR UPDATE ON codex_processed.semantic_memory
    FOR EACH ROW EXECUTE FUNCTION codex_processed.semantic_memory_search();

CREATE TABLE codex_processed.creative_insights (
    id uuid PRIMARY KEY,
    source_memory_1 uuid NOT NULL,
    source_memory_2 uuid NOT NULL,
    source_memory_ids uuid[] NOT NULL,
    creative_connection text NOT NULL,
    discovery_type varchar(50) NOT NULL DEFAULT 'rem_sleep',
    shared_theme text,
    plausibility double precision NOT NULL CHECK (plausibility BETWEEN 0 AND 1),
    novelty double precision NOT NULL CHECK (novelty BETWEEN 0 AND 1),
    night date NOT NULL,
    cycle integer NOT NULL,
    model varchar(100) NOT NULL,
    prompt_version varchar(20) NOT NULL,
    created_at timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    UNIQUE (source_memory_1, source_memory_2)
);

CREATE TABLE codex_processed.memory_index (
    memory_id uuid PRIMARY KEY,
    content text NOT NULL,
    context text,
    summary text,
    tags text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    status varchar(20) NOT NULL,
    status_reason text,
    topics text[] NOT NULL DEFAULT '{}',
    people text[] NOT NULL DEFAULT '{}',
    places text[] NOT NULL DEFAULT '{}',
    embedding vector,
    embedding_model varchar(100),
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', left(coalesce(summary, ''), 2000)), 'A')
        || setweight(to_tsvector('english', left(content, 100000)), 'B')
        || setweight(to_tsvector('english', left(coalesce(context, ''), 2000)), 'C')
    ) STORED
);
CREATE INDEX memory_index_search ON codex_processed.memory_index USING gin (search_vector);
CREATE INDEX memory_index_tags ON codex_processed.memory_index USING gin (tags);
CREATE INDEX memory_index_created_at ON codex_processed.memory_index (created_at);

CREATE TABLE codex_processed.memory_strengths (
    memory_id uuid PRIMARY KEY,
    episode_id uuid NOT NULL,
    encoding_strength double precision NOT NULL CHECK (encoding_strength BETWEEN 0 AND 1),
    strength double precision NOT NULL CHECK (strength BETWEEN 0 AND 1),
    consolidated_at timestamptz,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL
);

CREATE TABLE codex_processed.associations (
    memory_a uuid NOT NULL,
    memory_b uuid NOT NULL CHECK (memory_a < memory_b),
    weight double precision NOT NULL CHECK (weight BETWEEN 0 AND 1),
    coactivations bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    is_dream_only boolean NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    PRIMARY KEY (memory_a, memory_b)
);
CREATE INDEX associations_other_end ON codex_processed.associations (memory_b);
CREATE INDEX associations_weight ON codex_processed.associations (weight DESC);

CREATE TABLE codex_processed.episodes (
    id uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    memory_ids uuid[] NOT NULL,
    headline text NOT NULL,
    goal text,
    people text[] NOT NULL DEFAULT '{}',
    places text[] NOT NULL DEFAULT '{}',
    topics text[] NOT NULL DEFAULT '{}',
    peak_arousal double precision NOT NULL,
    mean_valence double precision NOT NULL,
    peak_strength double precision NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL
);
CREATE INDEX episodes_started_at ON codex_processed.episodes (started_at);

CREATE TABLE codex_processed.memory_journey (
    memory_id uuid NOT NULL,
    step integer NOT NULL,
    stage varchar(30) NOT NULL,
    event_type varchar(30) NOT NULL,
    event_at timestamptz,
    details jsonb NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    PRIMARY KEY (memory_id, step)
);

-- Written by readers: what was recalled, when. Recall strengthens.
CREATE TABLE codex_processed.retrievals (
    retrieval_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    memory_id uuid NOT NULL,
    retrieved_at timestamptz NOT NULL DEFAULT now(),
    reader varchar(50) NOT NULL DEFAULT 'sql'
);
CREATE INDEX retrievals_memory_id ON codex_processed.retrievals (memory_id, retrieved_at);

CREATE TABLE codex_processed.health (
    component varchar(50) PRIMARY KEY,
    status varchar(20) NOT NULL CHECK (status IN ('healthy', 'idle', 'degraded', 'stalled', 'down')),
    reason text NOT NULL,
    checked_at timestamptz NOT NULL
);

CREATE TABLE codex_processed.stage_metrics (
    recorded_at timestamptz NOT NULL DEFAULT now(),
    dag_id varchar(100) NOT NULL,
    run_id varchar(250) NOT NULL,
    step varchar(250) NOT NULL,
    status varchar(20) NOT NULL,
    duration_ms double precision NOT NULL,
    rows_affected bigint
);
CREATE INDEX stage_metrics_recorded_at ON codex_processed.stage_metrics (recorded_at);

CREATE TABLE codex_processed.sla_misses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind varchar(20) NOT NULL CHECK (kind IN ('deadline', 'performance', 'backlog')),
    subject varchar(100) NOT NULL,
    run_id varchar(250),
    target text NOT NULL,
    message text NOT NULL,
    missed_at timestamptz NOT NULL DEFAULT now(),
    recovered_at timestamptz,
    UNIQUE (kind, subject, run_id)
);

CREATE TABLE codex_processed.publications (
    table_name varchar(50) PRIMARY KEY,
    rows bigint NOT NULL,
    came bigint NOT NULL,
    changed bigint NOT NULL,
    went bigint NOT NULL,
    as_of timestamptz NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    run_id varchar(250) NOT NULL
);

-- The share of memories (0 to 1) whose unified insight comes from the biological path.
CREATE TABLE codex_processed.cut_over (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    share double precision NOT NULL CHECK (share BETWEEN 0 AND 1)
);
INSERT INTO codex_processed.cut_over (share) VALUES (0);
"""

VIEWS = """
CREATE VIEW codex_processed.memory_dashboard AS
SELECT
    i.memory_id, coalesce(i.summary, left(i.content, 80)) AS title, i.tags, i.created_at, i.status, i.status_reason,
    s.episode_id, s.encoding_strength, s.strength, s.consolidated_at,
    k.semantic_gist, k.semantic_category, k.retrieval_strength, k.memory_age, k.consolidation_state, k.is_archived,
    (SELECT count(*) FROM codex_processed.associations a WHERE i.memory_id IN (a.memory_a, a.memory_b)) AS associations
FROM codex_processed.memory_index i
LEFT JOIN codex_processed.memory_strengths s USING (memory_id)
LEFT JOIN codex_processed.semantic_memory k ON k.source_memory_id = i.memory_id;

CREATE VIEW codex_processed.memory_health AS
SELECT
    component, status, reason, checked_at,
    CASE status WHEN 'healthy' THEN 'ok' WHEN 'idle' THEN 'ok' WHEN 'degraded' THEN 'warning' ELSE 'critical' END
        AS alert_level
FROM codex_processed.health
UNION ALL
SELECT
    'memories ' || status, CASE status WHEN 'failed' THEN 'degraded' ELSE 'healthy' END,
    count(*) || ' memories', max(as_of), CASE status WHEN 'failed' THEN 'warning' ELSE 'ok' END
FROM codex_processed.memory_index
GROUP BY status;

-- The quick path and the biological path side by side; which one a memory's insight comes from is stable (a hash of its
-- id against the share that is cut over), and the quick one stands in where there is no knowledge yet.
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
    i.extraction_model, i.extraction_timestamp, i.created_at, 'quick' AS pipeline_source
FROM codex_processed.insights i JOIN chosen c USING (memory_id)
WHERE NOT c.biological
UNION ALL
SELECT
    k.id, k.source_memory_id, k.semantic_gist,
    CASE k.knowledge_type WHEN 'procedural' THEN 'pattern' WHEN 'conditional' THEN 'idea' ELSE 'observation' END,
    k.confidence_score, '{}', k.related_concepts, '{}', '{}', k.model, k.consolidated_at, k.created_at,
    'biological' AS pipeline_source
FROM codex_processed.semantic_memory k JOIN chosen c ON c.memory_id = k.source_memory_id
WHERE c.biological;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(VIEWS)


def downgrade() -> None:
    op.execute(
        """
        DROP VIEW codex_processed.insights_unified, codex_processed.memory_health, codex_processed.memory_dashboard;
        DROP TABLE codex_processed.cut_over, codex_processed.publications, codex_processed.sla_misses,
            codex_processed.stage_metrics, codex_processed.health, codex_processed.retrievals,
            codex_processed.memory_journey, codex_processed.episodes, codex_processed.associations,
            codex_processed.memory_strengths, codex_processed.memory_index, codex_processed.creative_insights,
            codex_processed.semantic_memory, codex_processed.insights;
        DROP FUNCTION codex_processed.semantic_memory_search();
        """
    )
