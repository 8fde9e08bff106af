"""The morning: what each told, and where it was delivered."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE codex_processed.mornings (
            morning date PRIMARY KEY,
            written_at timestamptz NOT NULL,
            items jsonb NOT NULL,
            item_count integer NOT NULL,
            source_memory_ids uuid[] NOT NULL,
            as_of timestamptz NOT NULL,
            row_hash char(32) NOT NULL
        );
        CREATE TABLE codex_processed.morning_deliveries (
            morning date NOT NULL,
            channel text NOT NULL,
            tries integer NOT NULL DEFAULT 0,
            delivered_at timestamptz,
            last_error text,
            PRIMARY KEY (morning, channel)
        );
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE codex_processed.morning_deliveries, codex_processed.mornings")
