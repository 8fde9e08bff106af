"""The plugin by which dbt's DuckDB has the limits of every other session (`dbt/profiles.yml` names it)."""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from include.lake.session import limit_spill, limits


class Plugin(BasePlugin):
    """What dbt-duckdb asks before it opens a session."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:  # noqa: ARG002
        """Add the limits to DuckDB's options."""
        config.update(limits())

    def configure_connection(self, conn: Any) -> None:
        """Bound what goes to the disk."""
        limit_spill(conn)
