"""How often the rhythms ran in a period, and how long their tasks took; a dbt model is a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from include.airflow_service.metadata import metadata, runs_in_period, tasks_in_period
from include.errors import CodexError
from include.rhythms.catalogue import RHYTHMS
from include.store.address import metadata_url

if TYPE_CHECKING:
    import duckdb

    from include.monitoring.metrics.period import Period


def airflow_tasks(_connection: duckdb.DuckDBPyConnection, period: Period) -> dict[str, Any]:
    """Runs and tasks that ended in the period, with quantiles of their seconds.

    `worked` are runs with more to do than their gate; a run's quantiles are of these. Empty where
    Airflow's metadata can't be read from here.
    """
    dags = [rhythm.dag_id for rhythm in RHYTHMS]
    url = metadata_url()
    if url is None:
        return {"runs": [], "tasks": []}
    try:
        with metadata(url) as connection:
            return {
                "runs": runs_in_period(connection, dags, period.since, period.until),
                "tasks": tasks_in_period(connection, dags, period.since, period.until),
            }
    except (CodexError, psycopg.Error):
        return {"runs": [], "tasks": []}
