"""Memories that their owner wished forgotten: not served again, and not learned from again where we can't delete."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE codex_processed.forgotten (
            memory_id uuid PRIMARY KEY,
            forgotten_at timestamptz NOT NULL DEFAULT now(),
            is_suppressed boolean NOT NULL
        )
        """)


def downgrade() -> None:
    op.execute("DROP TABLE codex_processed.forgotten")
