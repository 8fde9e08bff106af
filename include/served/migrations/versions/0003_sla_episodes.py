"""A missed target is one row an episode; signs of life are targets, too."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        """
        -- Of several rows for one target the last goes on as the episode.
        UPDATE codex_processed.sla_misses AS miss SET recovered_at = now() WHERE recovered_at IS NULL AND EXISTS (
            SELECT 1 FROM codex_processed.sla_misses AS later
            WHERE (later.kind, later.subject) = (miss.kind, miss.subject)
                AND later.recovered_at IS NULL AND later.id > miss.id
        );
        ALTER TABLE codex_processed.sla_misses DROP CONSTRAINT sla_misses_kind_check;
        ALTER TABLE codex_processed.sla_misses ADD CONSTRAINT sla_misses_kind_check
            CHECK (kind IN ('deadline', 'performance', 'backlog', 'heartbeat'));
        CREATE UNIQUE INDEX sla_misses_open ON codex_processed.sla_misses (kind, subject) WHERE recovered_at IS NULL;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        DROP INDEX codex_processed.sla_misses_open;
        DELETE FROM codex_processed.sla_misses WHERE kind = 'heartbeat';
        ALTER TABLE codex_processed.sla_misses DROP CONSTRAINT sla_misses_kind_check;
        ALTER TABLE codex_processed.sla_misses ADD CONSTRAINT sla_misses_kind_check
            CHECK (kind IN ('deadline', 'performance', 'backlog'));
        """
    )
