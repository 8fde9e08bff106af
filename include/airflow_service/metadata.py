"""What Airflow's metadata database tells of its processes and runs: all our SQL on Airflow's tables.

Read only, but for `settle_metadata`.

Airflow's REST API (`include.airflow_service.api`) is for those who act: trigger a run, follow it, pause. What looks at
Airflow reads its tables, for three reasons: health must have an answer where the web server is down, which is one of
the things it looks at; the command line, where nothing runs at all; and a task has no login to the API. Each function
says what the API would need for the same; `tests/include/airflow_service/test_metadata.py` has a test of its name,
which compares the answer with Airflow's own models.

A task is kept away from that database by Airflow, which takes its address out of the environment; health and upkeep
get it by a variable of our own (`METADATA_URL`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from include.rhythms.catalogue import RHYTHMS
from include.store.address import metadata_url
from include.store.connection import connect

PARTS = {"SchedulerJob": "scheduler", "TriggererJob": "triggerer", "DagProcessorJob": "dag processor"}
"""Airflow's processes that give a sign of life, by the name of their job."""


def failed_where(tasks: Sequence[str]) -> str:
    """Where a run failed, in words; one in which no task did was marked as failed by somebody."""
    return f"failed at {', '.join(tasks)}" if tasks else "was marked as failed, though no task of it failed"


@dataclass(frozen=True)
class LastRun:
    """The last run of a DAG, and the last that succeeded. `failed_tasks` are those of the last run that ended."""

    run_id: str
    run_type: str
    state: str
    queued_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    succeeded_at: datetime | None
    failed_tasks: tuple[str, ...]
    failed_at: datetime | None

    @property
    def failed_where(self) -> str:
        """Where the last run that failed did, in words."""
        return failed_where(self.failed_tasks)


@dataclass(frozen=True)
class Plan:
    """What the scheduler means to do with a DAG."""

    paused: bool
    next_due: datetime | None


@contextmanager
def metadata(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the metadata database that can't write. Raises CodexError when it can't be used."""
    with connect(url) as connection:
        connection.read_only = True
        yield connection


def heartbeats(connection: psycopg.Connection[Any]) -> dict[str, datetime]:
    """The latest sign of life of each part that ever gave one and did not say goodbye.

    By the API: `/monitor/health`, from the web server only.
    """
    rows = connection.execute(
        "SELECT job_type, max(latest_heartbeat) FROM job WHERE job_type = ANY (%s) AND state = 'running' GROUP BY 1",
        [list(PARTS)],
    ).fetchall()
    return {PARTS[job]: beat for job, beat in rows if beat is not None}


def plans(connection: psycopg.Connection[Any]) -> dict[str, Plan]:
    """Each DAG that Airflow has parsed: whether it is paused, and when its next run is due. By the API: one call."""
    rows = connection.execute("SELECT dag_id, is_paused, next_dagrun_create_after FROM dag WHERE NOT is_stale")
    return {dag_id: Plan(paused, due) for dag_id, paused, due in rows.fetchall()}


_LAST_RUNS = """
    WITH last_started AS (
        SELECT DISTINCT ON (dag_id) dag_id, run_id, run_type, state, queued_at, start_date, end_date
        FROM dag_run WHERE start_date IS NOT NULL ORDER BY dag_id, start_date DESC
    ),
    last_success AS (
        SELECT dag_id, max(end_date) AS succeeded_at FROM dag_run WHERE state = 'success' GROUP BY dag_id
    ),
    last_ended AS (
        SELECT DISTINCT ON (dag_id) dag_id, run_id, state, end_date
        FROM dag_run WHERE state IN ('success', 'failed') AND end_date IS NOT NULL ORDER BY dag_id, end_date DESC
    ),
    failed AS (
        SELECT e.dag_id, e.end_date,
            array_agg(t.task_id ORDER BY t.task_id) FILTER (WHERE t.state = 'failed') AS tasks
        FROM last_ended e JOIN task_instance t USING (dag_id, run_id)
        WHERE e.state = 'failed' GROUP BY e.dag_id, e.end_date
    )
    SELECT s.dag_id, s.run_id, s.run_type, s.state, s.queued_at, s.start_date, s.end_date, o.succeeded_at,
        coalesce(f.tasks, '{}'), f.end_date
    FROM last_started s LEFT JOIN last_success o USING (dag_id) LEFT JOIN failed f USING (dag_id)
"""


def last_runs(connection: psycopg.Connection[Any]) -> dict[str, LastRun]:
    """The last run of each DAG that has run. By the API: up to four calls a DAG."""
    rows = connection.execute(_LAST_RUNS).fetchall()
    return {
        dag_id: LastRun(run_id, run_type, state, queued, started, ended, success, tuple(tasks), failed_at)
        for dag_id, run_id, run_type, state, queued, started, ended, success, tasks, failed_at in rows
    }


def ended_runs(
    connection: psycopg.Connection[Any], dag_ids: list[str], since: datetime
) -> list[tuple[str, datetime, str]]:
    """The scheduled runs of these DAGs since an instant that ended: dag_id, the beat they ran for, state.

    By the API: a call a DAG and hundred runs.
    """
    return connection.execute(
        "SELECT dag_id, run_after, state FROM dag_run WHERE dag_id = ANY (%s) AND run_type = 'scheduled' "
        "AND run_after >= %s AND state IN ('success', 'failed') ORDER BY run_after",
        [dag_ids, since],
    ).fetchall()


_SETTLE = (
    # A scheduler that was killed said no goodbye. Until it is known to be gone, its tasks are taken to be under way.
    "UPDATE job SET state = 'failed' WHERE job_type = 'SchedulerJob' AND state = 'running'",
    # Runs of a `consolidate --local` that was killed: its process alone could have gone on with them.
    """
    WITH abandoned AS (
        UPDATE dag_run SET state = 'failed', end_date = now()
        WHERE state = 'running' AND triggered_by = 'TEST' RETURNING dag_id, run_id
    )
    UPDATE task_instance t SET state = 'failed', end_date = coalesce(t.end_date, now()) FROM abandoned a
    WHERE (t.dag_id, t.run_id) = (a.dag_id, a.run_id)
        AND (t.state IS NULL OR t.state IN ('queued', 'scheduled', 'running', 'deferred', 'up_for_retry'))
    """,
    # A first `consolidate --local` used to register all rhythms as paused. Who pauses one by hand leaves a record.
    """
    UPDATE dag SET is_paused = false
    WHERE dag_id = ANY (%(rhythms)s) AND is_paused
        AND NOT EXISTS (SELECT 1 FROM dag WHERE dag_id = ANY (%(rhythms)s) AND NOT is_paused)
        AND NOT EXISTS (
            SELECT 1 FROM log WHERE dag_id = ANY (%(rhythms)s) AND event IN ('patch_dag', 'patch_dags', 'cli_dag_pause')
        )
    """,
)


def settle_metadata() -> None:
    """Write down what is known to be over, and wake what nobody paused. No scheduler and no local run may be there."""
    url = metadata_url()
    if url is None:
        return
    with connect(url) as connection:
        for statement in _SETTLE:
            connection.execute(statement, {"rhythms": [rhythm.dag_id for rhythm in RHYTHMS]})


@dataclass(frozen=True)
class Success:
    """A run that succeeded, and how long that took from when it was queued."""

    run_id: str
    took: timedelta


def last_success(connection: psycopg.Connection[Any], dag_id: str, since: datetime) -> Success | None:
    """The last run of a DAG that was queued since an instant and succeeded. By the API: a call a hundred runs."""
    row = connection.execute(
        "SELECT run_id, end_date - queued_at FROM dag_run WHERE dag_id = %s AND state = 'success' AND queued_at >= %s "
        "AND end_date IS NOT NULL ORDER BY end_date DESC LIMIT 1",
        [dag_id, since],
    ).fetchone()
    return Success(*row) if row else None


_RUNS_IN_PERIOD = """
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

_TASKS_IN_PERIOD = """
    SELECT dag_id, task_id, strpos(task_id, '.') > 0 AS is_model, count(*) AS runs,
        count(*) FILTER (WHERE state = 'failed') AS failed, sum(greatest(try_number - 1, 0))::integer AS retries,
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY duration))::numeric, 3)::float8 AS p50_seconds,
        round((percentile_cont(0.95) WITHIN GROUP (ORDER BY duration))::numeric, 3)::float8 AS p95_seconds
    FROM task_instance
    WHERE state IN ('success', 'failed') AND end_date > %(since)s AND end_date <= %(until)s
        AND dag_id = ANY (%(dags)s) AND duration IS NOT NULL
    GROUP BY dag_id, task_id ORDER BY dag_id, task_id
"""


def runs_in_period(
    connection: psycopg.Connection[Any], dag_ids: list[str], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """For each DAG, how many runs ended in a period, how many worked or failed, and quantiles of their seconds.

    A run worked where it had more to do than its gate; the quantiles are of these. By the API: a call a hundred runs,
    and one a run for its tasks.
    """
    given = {"dags": dag_ids, "since": since, "until": until}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_RUNS_IN_PERIOD, given).fetchall()


def tasks_in_period(
    connection: psycopg.Connection[Any], dag_ids: list[str], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """For each task, how often it ended in a period, failed and was tried again, and quantiles of its seconds.

    `is_model`: whether it is a dbt model's. By the API: a call a hundred tasks, thousands a week.
    """
    given = {"dags": dag_ids, "since": since, "until": until}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_TASKS_IN_PERIOD, given).fetchall()
