"""Which insights follow from several notes together, and are shown; the others say again what one note says."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE codex_processed.insights ADD COLUMN across_notes boolean NOT NULL DEFAULT false;"
        "CREATE INDEX insights_across_notes ON codex_processed.insights (created_at DESC) WHERE across_notes"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE codex_processed.insights DROP COLUMN across_notes")
