"""Looking at every part of the system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from codex_dreams.hooks.language_model import language_model
from include.airflow_service.metadata import metadata_url
from include.installation.environment import LANGUAGE_MODEL_CONN_ID
from include.lake.connection import configured_lake
from include.monitoring.health import check, disks, record
from include.settings import home, settings
from include.store.address import store_url

if TYPE_CHECKING:
    from airflow.sdk import Context


class HealthOperator(BaseOperator):
    """Checks every part and records what it found; a part that is down does not fail the task.

    :param conn_id: the language model's connection
    """

    ui_color = "#e8e3f5"

    def __init__(self, *, task_id: str = "check", conn_id: str = LANGUAGE_MODEL_CONN_ID, **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **kwargs)
        self.conn_id = conn_id

    def execute(self, context: Context) -> dict[str, str]:  # noqa: ARG002 - health is of now, not of a run's instant
        """Returns each part's status; fails only when the store, where health is recorded, can't be used."""
        components = check(
            configured_lake(),
            lambda: language_model(self.conn_id),
            metadata_url=metadata_url(),
            disks=disks(home().root, settings().lake_path),
        )
        for component in components:
            self.log.info("%s: %s (%s)", component.name, component.status, component.reason)
        record(store_url(), components)
        return {component.name: component.status for component in components}
