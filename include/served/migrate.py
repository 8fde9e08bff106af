"""Bringing the served schema to a version, by Alembic (which comes with Airflow)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from include.store.connection import connect

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(store_url: str, revision: str = "head") -> None:
    """Bring `codex_processed` in the store at `store_url` to `revision` ("head", "base" or an id), up or down.

    A downgrade sets aside what it drops, and the next upgrade puts it back (`include/served/kept.py`).

    Needs pgvector; raises CodexError with what to do when the extension can't be made.
    """
    from alembic import command  # slow to import, and the command line seldom needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["store_url"] = store_url
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config.attributes["down"] = revision == "base" or _is_older(config, store_url, revision)
    if config.attributes["down"]:
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _is_older(config: Config, store_url: str, revision: str) -> bool:
    """Whether the store is at a later version than `revision`; a relative one says so itself."""
    if revision == "head" or revision.startswith(("-", "+")):
        return revision.startswith("-")
    from alembic.script import ScriptDirectory

    with connect(store_url) as store:
        if store.execute("SELECT to_regclass('codex_processed.alembic_version')").fetchone() == (None,):
            return False
        row = store.execute("SELECT version_num FROM codex_processed.alembic_version").fetchone()
    if row is None or row[0] == revision:
        return False
    older = ScriptDirectory.from_config(config).iterate_revisions(row[0], "base")
    return revision in {script.revision for script in older}
