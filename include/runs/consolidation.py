"""Consolidating on demand: running rhythms under the scheduler or in this process, and following them."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from codex_dreams.dag.reading import dags_of
from include.airflow_service.api import POLL_SECONDS, AirflowApi, Run
from include.airflow_service.metadata import failed_where
from include.errors import CodexError
from include.rhythms.catalogue import NIGHT, Rhythm
from include.rhythms.turn import local_turn
from include.store.address import store_url

log = logging.getLogger(__name__)

WAKE_SECONDS = 30
"""How long an asset event may take to start the rhythm it wakes before it is started by hand."""
RUN_TIMEOUT_SECONDS = 4 * 3600


@dataclass(frozen=True)
class Step:
    """Where a rhythm's run stands, for whoever follows it."""

    rhythm: Rhythm
    state: str
    done: int = 0
    tasks: int = 0
    current: str = ""
    seconds: float = 0.0
    woken_by: str = "hand"


Follow = Callable[[Step], None]


def chosen(name: str) -> Sequence[Rhythm]:
    """The rhythms that a `--type` stands for. Raises CodexError with the names there are."""
    if name == "all":
        return NIGHT
    found = [rhythm for rhythm in NIGHT if rhythm.command == name]
    if not found:
        names = ", ".join(str(rhythm.command) for rhythm in NIGHT)
        raise CodexError(f"There is no type {name!r}; there are {names} and all.")
    return found


def conf_for(rhythms: Sequence[Rhythm], as_of: datetime | None) -> dict[str, Any]:
    """What the runs are given: the instant, and for a whole night that the chain sleeps."""
    conf: dict[str, Any] = {}
    if as_of is not None:
        conf["as_of"] = as_of.isoformat()
    if len(rhythms) > 1:
        conf["asleep"] = True
        conf.setdefault("as_of", datetime.now(UTC).isoformat())
    return conf


def under_scheduler(api: AirflowApi, rhythms: Sequence[Rhythm], conf: dict[str, Any], follow: Follow) -> None:
    """Start the first rhythm and follow the chain: what its assets wake is followed, what they don't is started.

    Raises CodexError when a run fails; the message names its tasks.
    """
    started_at = datetime.now(UTC)
    announced: set[tuple[str | None, str]] = set()
    for rhythm in rhythms:
        wakes = any((source.rhythm, source.task) in announced for source in rhythm.woken_by)
        run = _woken(api, rhythm, started_at) if wakes else None
        woken_by = "asset" if run else "hand"
        run = run or api.trigger(rhythm.dag_id, conf)
        _followed(api, rhythm, run, follow, woken_by)
        announced |= {(rhythm.dag_id, task.task_id) for task in api.tasks(run) if task.state == "success"}


def _woken(api: AirflowApi, rhythm: Rhythm, since: datetime) -> Run | None:
    """The run that an asset event started, or None when none comes."""
    deadline = time.monotonic() + WAKE_SECONDS
    while time.monotonic() < deadline:
        for run in api.runs(rhythm.dag_id, since=since):
            if run.run_type == "asset_triggered":
                return run
        time.sleep(POLL_SECONDS)
    return None


def _followed(api: AirflowApi, rhythm: Rhythm, run: Run, follow: Follow, woken_by: str) -> None:
    started = time.monotonic()
    while not run.finished:
        tasks = api.tasks(run)
        follow(
            Step(
                rhythm,
                run.state,
                done=sum(task.state in {"success", "skipped"} for task in tasks),
                tasks=len(tasks),
                current=next((task.task_id for task in tasks if task.state == "running"), ""),
                seconds=time.monotonic() - started,
                woken_by=woken_by,
            )
        )
        if time.monotonic() - started > RUN_TIMEOUT_SECONDS:
            raise CodexError(f"{run.dag_id} ({run.run_id}) has not ended in {RUN_TIMEOUT_SECONDS // 3600} hours.")
        time.sleep(POLL_SECONDS)
        run = api.run(run.dag_id, run.run_id)
    tasks = api.tasks(run)
    done = sum(task.state in {"success", "skipped"} for task in tasks)
    follow(Step(rhythm, run.state, done, len(tasks), seconds=time.monotonic() - started, woken_by=woken_by))
    if run.state == "failed":
        where = failed_where([task.task_id for task in tasks if task.state == "failed"])
        raise CodexError(f"{rhythm.dag_id} {where} (run {run.run_id}).")


def in_this_process(
    rhythms: Sequence[Rhythm], conf: dict[str, Any], follow: Follow, tell: Callable[[str], None] = log.info
) -> None:
    """Run the same DAGs here, one after the other, without a scheduler.

    Raises CodexError when a run fails, with the names of its tasks, and where the service runs the rhythms.
    """
    with local_turn(store_url(), tell):
        _run_here(rhythms, conf, follow)


def _run_here(rhythms: Sequence[Rhythm], conf: dict[str, Any], follow: Follow) -> None:
    import duckdb
    from sqlalchemy.exc import SQLAlchemyError

    why: dict[str, str] = {}

    def remember_why(context: Mapping[str, Any]) -> None:
        why[context["ti"].task_id] = _first_line(context.get("exception"))

    for rhythm, dag in dags_of(rhythms):
        started = time.monotonic()
        follow(Step(rhythm, "running", tasks=len(dag.tasks)))
        # Nobody watches deadlines here, and Airflow 3.3's test run can't read them from an unsaved DAG.
        dag.deadline = None
        for task in dag.tasks:
            task.on_failure_callback = [remember_why]
            if task.task_type == "OllamaEnrichOperator":
                task.retry_delay = timedelta(0)  # whoever asked for the run is soon told that the server is down
                task.retry_exponential_backoff = 0
        # Cosmos collects garbage after each dbt task; what was there before the run is left out of it.
        gc.collect()
        gc.freeze()
        try:
            run = dag.test(run_conf=conf)
            instances = run.get_task_instances()
        except (SQLAlchemyError, psycopg.Error, duckdb.Error) as error:
            raise CodexError(
                f"{rhythm.dag_id} was cut off, since Airflow's database or the store went away: {_first_line(error)}. "
                "What was done is kept, and the same command goes on from there."
            ) from None
        failed = [instance.task_id for instance in instances if str(instance.state) == "failed"]
        state = str(run.state)
        follow(Step(rhythm, state, len(instances), len(instances), seconds=time.monotonic() - started))
        if state != "success":
            told = [f"{task_id} ({why[task_id]})" if why.get(task_id) else task_id for task_id in failed]
            raise CodexError(f"{rhythm.dag_id} {failed_where(told)}.")


def _first_line(error: object) -> str:
    """What an error says first: of what SQLAlchemy wraps, the database's own words."""
    return str(getattr(error, "orig", None) or error or "").strip().partition("\n")[0].rstrip(".")
