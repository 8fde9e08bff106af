"""Rhythms run unless their owner paused them, and what killed processes left in Airflow's metadata is settled."""

from __future__ import annotations

from pathlib import Path

import psycopg

from include.airflow_service.metadata import settle_metadata
from include.installation.environment import environment
from include.rhythms.catalogue import RHYTHMS
from include.store.address import metadata_url


def test_rhythms_are_registered_to_run(installation: Path) -> None:
    """Whoever does it first: a `consolidate --local` before the first `up` used to register them as paused."""
    assert environment()["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "False"


def test_what_is_over_is_written_down_before_airflow_starts(installation: Path) -> None:
    """As killed processes left it: a scheduler's job, a local run under way, and rhythms that nobody paused."""
    url = metadata_url()
    assert url is not None
    rhythms = [rhythm.dag_id for rhythm in RHYTHMS]
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO job (job_type, state) VALUES ('SchedulerJob', 'running')")
        connection.execute("INSERT INTO dag_bundle (name, active) VALUES ('b', true) ON CONFLICT DO NOTHING")
        for dag_id in rhythms:
            connection.execute(
                "INSERT INTO dag (dag_id, is_paused, is_stale, bundle_name, max_active_tasks, max_active_runs, "
                "max_consecutive_failed_dag_runs, has_task_concurrency_limits, timetable_type, partition_mapper_info) "
                "VALUES (%s, true, false, 'b', 1, 1, 0, false, '', '{}') "
                "ON CONFLICT (dag_id) DO UPDATE SET is_paused = true",
                [dag_id],
            )
        before = set(connection.execute("SELECT id FROM dag_run WHERE state = 'running'").fetchall())
        for run_id, by in (("local", "TEST"), ("beat", "TIMETABLE")):
            connection.execute(
                "INSERT INTO dag_run (dag_id, run_id, run_type, state, triggered_by, run_after, clear_number) "
                "VALUES ('insights', %s, 'manual', 'running', %s, now(), 0)",
                [run_id, by],
            )
    assert not before
    try:
        settle_metadata()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM job WHERE state = 'running'").fetchone() == (0,)
            assert connection.execute("SELECT run_id FROM dag_run WHERE state = 'running'").fetchall() == [("beat",)]
            assert connection.execute("SELECT bool_or(is_paused) FROM dag").fetchone() == (False,)
            connection.execute("UPDATE dag SET is_paused = true")
            connection.execute("INSERT INTO log (dttm, dag_id, event) VALUES (now(), 'insights', 'patch_dag')")
        settle_metadata()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT bool_and(is_paused) FROM dag").fetchone() == (True,), "by hand"
    finally:
        with psycopg.connect(url) as connection:
            connection.execute("DELETE FROM dag_run WHERE run_id IN ('local', 'beat')")
            connection.execute("DELETE FROM log WHERE event = 'patch_dag'")
            connection.execute("DELETE FROM dag WHERE timetable_type = ''")
            connection.execute("UPDATE dag SET is_paused = false")
