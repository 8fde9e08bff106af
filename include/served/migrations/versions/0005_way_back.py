"""The cut-over remembers where it came from, so that one command goes back."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE codex_processed.cut_over "
        "ADD COLUMN previous_share double precision CHECK (previous_share BETWEEN 0 AND 1), "
        "ADD COLUMN moved_at timestamptz"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE codex_processed.cut_over DROP COLUMN previous_share, DROP COLUMN moved_at")
