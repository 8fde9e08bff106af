"""What happens when a run misses its deadline: the episode of its DAG begins, and its owner is told."""

from __future__ import annotations

import logging
from typing import Any

from codex_dreams.alerts import alert
from include.monitoring.slas.episodes import judge
from include.monitoring.slas.measures import late_run
from include.store.address import store_url
from include.store.connection import connect

log = logging.getLogger(__name__)


def record_deadline_miss(*, rhythm: str, **kwargs: Any) -> None:
    """Record that a run was not done in time: failed, still under way, or done too late.

    Airflow calls this for a run that ended in time as well, where it noticed the end late, and for one that failed
    early; so the run's own state and times decide.

    :param rhythm: the DAG's id
    :param kwargs: `context` with `dag_run` and `deadline`, as Airflow gives it
    """
    run = (kwargs.get("context") or {}).get("dag_run") or {}
    reading = late_run(rhythm, run)
    if reading is None:
        log.info("%s was done in time", rhythm)
        return
    with connect(store_url()) as store:
        notice = judge(store, reading)
    if notice is not None:
        alert(notice)
