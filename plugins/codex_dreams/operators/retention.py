"""Letting go of what Airflow leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.sdk import BaseOperator

from include.airflow_service.metadata import metadata_url
from include.airflow_service.retention import clean_metadata, remove_old_logs, shorten_service_logs
from include.settings import home

if TYPE_CHECKING:
    from airflow.sdk import Context


class RetentionOperator(BaseOperator):
    """Deletes old rows of Airflow's metadata, old logs of tasks, and shortens the service's logs."""

    ui_color = "#e8e3f5"

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - retention is of now
        """Returns how many logs were removed, which were shortened, and before when rows went (null: not known)."""
        logs = Path(conf.get_mandatory_value("logging", "base_log_folder"))
        done: dict[str, Any] = {
            "removed_logs": remove_old_logs(logs) if logs.is_dir() else 0,
            "shortened_logs": shorten_service_logs(home().logs),
            "rows_before": None,
        }
        url = metadata_url()
        if url is None:
            self.log.info("Airflow's metadata is left as it is: CODEX_AIRFLOW_DATABASE does not say where it is")
        else:
            done["rows_before"] = clean_metadata(url).isoformat()
        self.log.info("%s", done)
        return done
