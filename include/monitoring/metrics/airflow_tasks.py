"""How often the rhythms ran in a period, and how long their tasks took; a dbt model is a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from include.airflow_service.metadata import metadata, metadata_url
from include.errors import CodexError
from include.rhythms.catalogue import RHYTHMS

if TYPE_CHECKING:
    import duckdb

    from include.monitoring.metrics.period import Period

_RUNS = """
    SELECT dag_id, count(*) AS runs,
        count(*) FILTER (WHERE worked) AS worked,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE worked))::numeric, 2)::float8
            AS p50_seconds,
        round((percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE worked))::numeric, 2)::float8
            AS p95_seconds
    FROM (
        SELECT r.dag_id, r.state, extract(epoch FROM r.end_date - r.start_date) AS seconds,
            EXISTS (
                SELECT 1 FROM task_instance t
                WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND t.state = 'success' AND t.task_id <> 'gate'
            ) AS worked
        FROM dag_run r
        WHERE r.state IN ('success', 'failed') AND r.end_date > %(since)s AND r.end_date <= %(until)s
            AND r.dag_id = ANY (%(dags)s)
    ) AS ended
    GROUP BY dag_id ORDER BY dag_id
"""

_TASKS = """
    SELECT dag_id, task_id, strpos(task_id, '.') > 0 AS is_model, count(*) AS runs,
        count(*) FILTER (WHERE state = 'failed') AS failed, sum(greatest(try_number - 1, 0)) AS retries,
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration))::numeric, 3)::float8 AS p50_seconds,
        round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration))::numeric, 3)::float8 AS p95_seconds
    FROM task_instance
    WHERE state IN ('success', 'failed') AND end_date > %(since)s AND end_date <= %(until)s
        AND dag_id = ANY (%(dags)s) AND duration IS NOT NULL
    GROUP BY dag_id, task_id ORDER BY dag_id, task_id
"""


def airflow_tasks(_connection: duckdb.DuckDBPyConnection, period: Period) -> dict[str, Any]:
    """Runs and tasks that ended in the period, with quantiles of their seconds.

    `worked` are runs with more to do than their gate; a run's quantiles are of these. Empty where
    Airflow's metadata can't be read from here.
    """
    given = {"since": period.since, "until": period.until, "dags": [rhythm.dag_id for rhythm in RHYTHMS]}
    url = metadata_url()
    if url is None:
        return {"runs": [], "tasks": []}
    try:
        with metadata(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
            runs = cursor.execute(_RUNS, given).fetchall()
            tasks = cursor.execute(_TASKS, given).fetchall()
    except (CodexError, psycopg.Error):
        return {"runs": [], "tasks": []}
    return {"runs": runs, "tasks": [{**task, "retries": int(task["retries"] or 0)} for task in tasks]}
