"""Threads: what several memories tell together, and which memory is in which."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
CREATE TABLE codex_processed.threads (
    thread_id uuid PRIMARY KEY,
    title text NOT NULL,
    story jsonb NOT NULL,
    recurs jsonb NOT NULL,
    changed jsonb NOT NULL,
    open jsonb NOT NULL,
    next jsonb NOT NULL,
    sentence jsonb,
    memory_ids uuid[] NOT NULL,
    members integer NOT NULL CHECK (members >= 0),
    began_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    merged_into uuid,
    model varchar(100) NOT NULL,
    prompt_version varchar(20) NOT NULL,
    source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (memory_ids) STORED,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL
);
CREATE INDEX threads_last_at ON codex_processed.threads (last_at DESC);
CREATE INDEX threads_memories ON codex_processed.threads USING gin (memory_ids);

CREATE TABLE codex_processed.thread_members (
    memory_id uuid PRIMARY KEY,
    thread_id uuid NOT NULL,
    evidence double precision NOT NULL CHECK (evidence >= 0),
    model varchar(100) NOT NULL GENERATED ALWAYS AS ('computed') STORED,
    prompt_version varchar(20) NOT NULL GENERATED ALWAYS AS ('1') STORED,
    source_memory_ids uuid[] NOT NULL GENERATED ALWAYS AS (ARRAY[memory_id]) STORED,
    as_of timestamptz NOT NULL,
    row_hash char(32) NOT NULL
);
CREATE INDEX thread_members_thread ON codex_processed.thread_members (thread_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE codex_processed.threads; DROP TABLE codex_processed.thread_members")
