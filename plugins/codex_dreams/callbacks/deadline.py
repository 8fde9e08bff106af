"""What happens when a run misses its deadline: a row in `codex_processed.sla_misses`, and a line in the log."""

from __future__ import annotations

import logging
from typing import Any

from include.runtime import store_url
from include.store.connection import connect

log = logging.getLogger(__name__)


def record_deadline_miss(*, rhythm: str, seconds: float, **kwargs: Any) -> None:
    """Record that a run was not done in time.

    :param rhythm: the DAG's id
    :param seconds: its deadline, from when the run was queued
    :param kwargs: `context` with `dag_run` and `deadline`, as Airflow gives it
    """
    context = kwargs.get("context") or {}
    run = context.get("dag_run") or {}
    run_id = str(run.get("dag_run_id") or run.get("run_id") or "")
    message = f"{rhythm} was not done {seconds:g} s after it was queued; see the run's tasks in the web UI."
    log.warning("%s (%s)", message, run_id)
    with connect(store_url()) as store:
        store.execute(
            "INSERT INTO codex_processed.sla_misses (kind, subject, run_id, target, message) "
            "VALUES ('deadline', %s, %s, %s, %s) ON CONFLICT (kind, subject, run_id) DO NOTHING",
            [rhythm, run_id, f"{seconds:g} s from queued", message],
        )
