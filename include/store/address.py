"""The store's address, and whether the store is the embedded one."""

from __future__ import annotations

import os

from include.errors import CodexError
from include.settings import settings

METADATA_URL = "CODEX_AIRFLOW_DATABASE"
"""The libpq URL of Airflow's metadata, for health and upkeep: Airflow takes its own variable away from tasks."""

EMBEDDED_MARK = "CODEX_EMBEDDED_POSTGRES"
"""Set in processes whose POSTGRES_DB_URL points to the embedded server."""


def store_url() -> str:
    """The store's libpq URL.

    Raises CodexError where neither POSTGRES_DB_URL nor a running embedded server is known.
    """
    url = settings().postgres_db_url
    if url is None:
        raise CodexError(
            "No store: POSTGRES_DB_URL is not set and no embedded PostgreSQL was started in this process. "
            "Use ./codex or make, which start it."
        )
    return url


def embedded() -> bool:
    """Whether the store is the embedded one (then the source table is ours to make)."""
    return settings().postgres_db_url is None or os.environ.get(EMBEDDED_MARK) == "1"


def metadata_url() -> str | None:
    """The libpq URL of Airflow's metadata database; None where it is not known, or is no PostgreSQL."""
    url = os.environ.get(METADATA_URL) or os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "")
    url = url.replace("+psycopg2", "", 1).replace("+asyncpg", "", 1)
    return url if url.startswith(("postgresql://", "postgres://")) else None
