"""Bringing the served schema to a version, by Alembic (which comes with Airflow)."""

from __future__ import annotations

import logging
from pathlib import Path

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(store_url: str, revision: str = "head") -> None:
    """Bring `codex_processed` in the store at `store_url` to `revision` ("head", "base" or an id), up or down.

    Needs pgvector; raises CodexError with what to do when the extension can't be made.
    """
    from alembic import command  # slow to import, and the command line seldom needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["store_url"] = store_url
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if revision == "base" or revision.startswith("-"):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
