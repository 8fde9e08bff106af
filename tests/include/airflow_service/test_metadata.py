"""Our SQL on Airflow's tables says what Airflow's own models say: one test a query, by its name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from include.airflow_service import metadata
from tests.conftest import World

pytestmark = pytest.mark.integration  # DAG runs

DAG = "working_memory"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def airflow(world: World) -> Iterator[Any]:
    """A session of Airflow's own models, and two runs: one that succeeded in 7 s, then one that failed at `clock`."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, TaskInstanceState
    from airflow.utils.types import DagRunType

    for _ in range(2):
        world.run_dags("working", as_of="2026-03-03T10:05:00+00:00")
    with create_session(scoped=False) as session:
        good, bad = session.query(DagRun).filter_by(dag_id=DAG).order_by(DagRun.id.desc()).limit(2).all()[::-1]
        good.queued_at = good.end_date - timedelta(seconds=7)
        good.run_type = bad.run_type = DagRunType.SCHEDULED
        bad.state = DagRunState.FAILED
        for task in session.query(TaskInstance).filter_by(run_id=bad.run_id, task_id="clock"):
            task.state, task.try_number, task.duration = TaskInstanceState.FAILED, 3, 2.5
            task.end_date = bad.end_date
        session.commit()
        yield SimpleNamespace(session=session, good=good, bad=bad)
        for run in (good, bad):
            session.delete(run)


@pytest.fixture
def tables(airflow: Any) -> Iterator[psycopg.Connection[Any]]:
    url = metadata.metadata_url()
    assert url is not None
    with metadata.metadata(url) as connection:
        yield connection


def test_each_query_has_a_test_of_its_name() -> None:
    queries = [
        name
        for name, item in vars(metadata).items()
        if inspect.isfunction(item) and "connection" in inspect.signature(item).parameters
    ]
    assert len(queries) > 5
    assert [name for name in queries if f"test_{name}" not in globals()] == []


def test_nothing_is_written(tables: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        tables.execute("DELETE FROM dag_run")


def test_heartbeats(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    from airflow.jobs.job import Job

    now = datetime.now(UTC)
    jobs = [
        Job(job_type="SchedulerJob", state="running", latest_heartbeat=now),
        Job(job_type="SchedulerJob", state="running", latest_heartbeat=now - timedelta(minutes=5)),
        Job(job_type="TriggererJob", state="success", latest_heartbeat=now),
    ]
    airflow.session.add_all(jobs)
    airflow.session.commit()
    beats = metadata.heartbeats(tables)
    for job in jobs:
        airflow.session.delete(job)
    airflow.session.commit()
    assert beats["scheduler"] == now
    assert "triggerer" not in beats


def test_plans(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    from airflow.models.dag import DagModel

    known = airflow.session.query(DagModel).filter_by(is_stale=False).all()
    assert len(known) == 9
    assert metadata.plans(tables) == {
        dag.dag_id: metadata.Plan(dag.is_paused, dag.next_dagrun_create_after) for dag in known
    }


def test_last_runs(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    bad, good = airflow.bad, airflow.good
    assert metadata.last_runs(tables)[DAG] == metadata.LastRun(
        run_id=bad.run_id,
        run_type="scheduled",
        state="failed",
        queued_at=bad.queued_at,
        started_at=bad.start_date,
        ended_at=bad.end_date,
        succeeded_at=good.end_date,
        failed_tasks=("clock",),
        failed_at=bad.end_date,
    )


def test_ended_runs(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    bad, good = airflow.bad, airflow.good
    assert metadata.ended_runs(tables, [DAG], LONG_AGO) == [
        (DAG, good.run_after, "success"),
        (DAG, bad.run_after, "failed"),
    ]
    assert metadata.ended_runs(tables, [DAG], bad.run_after) == [(DAG, bad.run_after, "failed")]
    assert metadata.ended_runs(tables, ["insights"], LONG_AGO) == []


def test_last_success(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    good = airflow.good
    assert metadata.last_success(tables, DAG, good.queued_at) == metadata.Success(good.run_id, timedelta(seconds=7))
    assert metadata.last_success(tables, DAG, FAR_AHEAD) is None


def test_runs_in_period(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    since = airflow.good.end_date - timedelta(microseconds=1)
    [row] = metadata.runs_in_period(tables, [DAG], since, FAR_AHEAD)
    # Both had nothing to do: their gates alone succeeded.
    assert row == {"dag_id": DAG, "runs": 2, "worked": 0, "failed": 1, "p50_seconds": None, "p95_seconds": None}
    assert metadata.runs_in_period(tables, [DAG], FAR_AHEAD, FAR_AHEAD) == []


def test_tasks_in_period(airflow: Any, tables: psycopg.Connection[Any]) -> None:
    since = airflow.bad.end_date - timedelta(microseconds=1)
    [row] = [row for row in metadata.tasks_in_period(tables, [DAG], since, FAR_AHEAD) if row["task_id"] == "clock"]
    assert row == {
        "dag_id": DAG,
        "task_id": "clock",
        "is_model": False,
        "runs": 1,
        "failed": 1,
        "retries": 2,
        "p50_seconds": 2.5,
        "p95_seconds": 2.5,
    }
