"""Commitments, changes of mind, and questions that only the owner can settle."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE codex_processed.commitments (
    commitment_id uuid PRIMARY KEY,
    what text NOT NULL,
    who text NOT NULL,
    to_whom text,
    due_at timestamptz,
    due_date date,
    kind varchar(20) NOT NULL CHECK (kind IN ('task', 'appointment')),
    said text NOT NULL,
    state varchar(20) NOT NULL CHECK (state IN ('open', 'done', 'late', 'dropped')),
    opened_by uuid NOT NULL,
    closed_by uuid,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    clashes_with uuid[] NOT NULL DEFAULT '{}',
    memory_ids uuid[] NOT NULL,
    model varchar(100) NOT NULL,
    prompt_version varchar(20) NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[opened_by]) STORED
);
CREATE INDEX commitments_due ON codex_processed.commitments (due_date) WHERE state IN ('open', 'late');
CREATE INDEX commitments_memories ON codex_processed.commitments USING gin (memory_ids);

CREATE TABLE codex_processed.changes_of_mind (
    change_id uuid PRIMARY KEY,
    earlier_id uuid NOT NULL,
    later_id uuid NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    changed_at timestamptz NOT NULL,
    why text,
    model varchar(100) NOT NULL,
    prompt_version varchar(20) NOT NULL,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[earlier_id, later_id]) STORED
);
CREATE INDEX changes_of_mind_changed ON codex_processed.changes_of_mind (changed_at);

CREATE TABLE codex_processed.questions (
    question_id uuid PRIMARY KEY,
    kind varchar(20) NOT NULL,
    question text NOT NULL,
    memory_ids uuid[] NOT NULL,
    commitment_id uuid,
    asked_at timestamptz NOT NULL,
    settled_at timestamptz,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL,
    source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (memory_ids) STORED
);
CREATE INDEX questions_memories ON codex_processed.questions USING gin (memory_ids);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        "DROP TABLE codex_processed.questions;"
        "DROP TABLE codex_processed.changes_of_mind;"
        "DROP TABLE codex_processed.commitments;"
    )
