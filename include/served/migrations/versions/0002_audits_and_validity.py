"""What is audited, what is held back and why; who said each row and from what; since when it holds, and until when."""

from alembic import op

revision = "0002"
down_revision = "0001"

UP = """
-- The last audit of each model of the lake: written by the build itself (dbt/macros/audit.sql).
CREATE TABLE codex_processed.audits (
    model varchar(100) PRIMARY KEY,
    status varchar(20) NOT NULL CHECK (status IN ('building', 'passed', 'failed')),
    reason text,
    rhythm varchar(100) NOT NULL,
    run_id varchar(250) NOT NULL,
    audited_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Served tables that stay as they were, because what they are made of did not pass.
CREATE TABLE codex_processed.held_back (
    table_name varchar(50) PRIMARY KEY,
    reason text NOT NULL,
    run_id varchar(250) NOT NULL,
    held_since timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE codex_processed.memory_index
    ADD COLUMN model varchar(100),
    ADD COLUMN prompt_version varchar(20),
    ADD COLUMN source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[memory_id]) STORED;
ALTER TABLE codex_processed.insights
    ADD COLUMN model varchar(100) NOT NULL GENERATED ALWAYS AS (extraction_model) STORED;
ALTER TABLE codex_processed.semantic_memory
    ADD COLUMN canonical_id uuid,
    ADD COLUMN evidence_count integer NOT NULL DEFAULT 1 CHECK (evidence_count >= 1),
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN superseded_at timestamptz,
    ADD COLUMN superseded_by uuid;
ALTER TABLE codex_processed.episodes
    ADD COLUMN model varchar(100),
    ADD COLUMN prompt_version varchar(20),
    ADD COLUMN source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (memory_ids) STORED;
ALTER TABLE codex_processed.associations
    ADD COLUMN model varchar(100) NOT NULL DEFAULT 'computed',
    ADD COLUMN prompt_version varchar(20) NOT NULL DEFAULT '1',
    ADD COLUMN source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[memory_a, memory_b]) STORED;
ALTER TABLE codex_processed.memory_strengths
    ADD COLUMN model varchar(100) NOT NULL DEFAULT 'computed',
    ADD COLUMN prompt_version varchar(20) NOT NULL DEFAULT '1',
    ADD COLUMN source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[memory_id]) STORED;
ALTER TABLE codex_processed.memory_journey
    ADD COLUMN model varchar(100) NOT NULL DEFAULT 'computed',
    ADD COLUMN prompt_version varchar(20) NOT NULL DEFAULT '1',
    ADD COLUMN source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[memory_id]) STORED;

CREATE INDEX semantic_memory_valid ON codex_processed.semantic_memory (valid_from, superseded_at);
"""

DOWN = """
DROP INDEX codex_processed.semantic_memory_valid;
ALTER TABLE codex_processed.memory_journey
    DROP COLUMN model, DROP COLUMN prompt_version, DROP COLUMN source_memory_ids;
ALTER TABLE codex_processed.memory_strengths
    DROP COLUMN model, DROP COLUMN prompt_version, DROP COLUMN source_memory_ids;
ALTER TABLE codex_processed.associations
    DROP COLUMN model, DROP COLUMN prompt_version, DROP COLUMN source_memory_ids;
ALTER TABLE codex_processed.episodes
    DROP COLUMN model, DROP COLUMN prompt_version, DROP COLUMN source_memory_ids;
ALTER TABLE codex_processed.semantic_memory
    DROP COLUMN canonical_id, DROP COLUMN evidence_count, DROP COLUMN valid_from, DROP COLUMN superseded_at,
    DROP COLUMN superseded_by;
ALTER TABLE codex_processed.insights
    DROP COLUMN model;
ALTER TABLE codex_processed.memory_index
    DROP COLUMN model, DROP COLUMN prompt_version, DROP COLUMN source_memory_ids;
DROP TABLE codex_processed.held_back, codex_processed.audits;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
