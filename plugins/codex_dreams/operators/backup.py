"""Backing up store and lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.installation.backup import make_backup
from include.lake.connection import configured_lake
from include.settings import settings
from include.store.address import embedded

if TYPE_CHECKING:
    from airflow.sdk import Context


class BackupOperator(BaseOperator):
    """Makes a backup and lets go of the oldest; skipped where `CODEX_BACKUPS_KEPT` is 0."""

    ui_color = "#e8e3f5"

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - a backup is of now
        """Returns path, bytes, memories, files of the lake, and how many older backups were removed."""
        given = settings()
        if given.codex_backups_kept == 0:
            raise AirflowSkipException("CODEX_BACKUPS_KEPT is 0")
        made = make_backup(
            configured_lake(),
            given.backup_path,
            whole_database=embedded(),
            keep=given.codex_backups_kept,
            tell=self.log.info,
        )
        self.log.info("%s", made)
        return {**vars(made), "path": str(made.path)}
