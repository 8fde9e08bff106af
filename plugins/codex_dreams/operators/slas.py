"""Holding what was measured against the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from codex_dreams.alerts import alert
from include.lake.connection import configured_lake
from include.monitoring.slas.episodes import judge
from include.monitoring.slas.measures import readings
from include.settings import settings
from include.store.address import store_url
from include.store.connection import connect

if TYPE_CHECKING:
    from airflow.sdk import Context


class SlaOperator(BaseOperator):
    """Opens and closes the episodes in which a target is missed, and tells the owner of each."""

    ui_color = "#e8e3f5"

    def __init__(self, *, task_id: str = "targets", **kwargs: Any) -> None:
        super().__init__(task_id=task_id, **kwargs)

    def execute(self, context: Context) -> dict[str, str]:  # noqa: ARG002 - targets are of now, not of a run's instant
        """Returns what was measured, by target."""
        taken = readings(configured_lake(), settings().zone)
        for reading in taken:
            with connect(store_url()) as store:
                notice = judge(store, reading)
            if notice is not None:
                alert(notice)
        return {f"{reading.kind}: {reading.subject}": reading.measured for reading in taken}
