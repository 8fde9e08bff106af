"""Consolidating on demand: running rhythms under the scheduler or in this process, and following them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.airflow_service.api import POLL_SECONDS, AirflowApi, Run
from include.airflow_service.metadata import failed_where
from include.errors import CodexError
from include.rhythms.catalogue import NIGHT, Rhythm
from include.rhythms.turn import local_turn
from include.runs.local import LocalRuns, Progress, RhythmFailedError
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
    announced: dict[tuple[str | None, str], datetime] = {}
    for rhythm in rhythms:
        calls = [announced[call] for source in rhythm.woken_by if (call := (source.rhythm, source.task)) in announced]
        run = _woken(api, rhythm, max(calls)) if calls else None
        woken_by = "asset" if run else "hand"
        run = run or api.trigger(rhythm.dag_id, conf)
        _followed(api, rhythm, run, follow, woken_by)
        announced |= {
            (rhythm.dag_id, task.task_id): task.ended_at or started_at
            for task in api.tasks(run)
            if task.state == "success"
        }


def _woken(api: AirflowApi, rhythm: Rhythm, since: datetime) -> Run | None:
    """The run that an asset event started, once the last of those that wake it has called; None when none comes."""
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
    rhythms: Sequence[Rhythm], conf: Mapping[str, Any], follow: Follow, tell: Callable[[str], None] = log.info
) -> None:
    """Run the steps of the same DAGs here, one rhythm after the other, without a scheduler.

    A rhythm that fails does not keep the others from running, as under the scheduler. Raises CodexError when one has
    failed, with the names of its steps and why, and where the service runs the rhythms.
    """
    failures: list[str] = []
    with local_turn(store_url(), tell), closing(LocalRuns(rhythms)) as runs:
        for rhythm in rhythms:
            started = time.monotonic()

            def at(
                progress: Progress, state: str = "running", rhythm: Rhythm = rhythm, started: float = started
            ) -> None:
                seconds = time.monotonic() - started
                follow(Step(rhythm, state, progress.done, progress.steps, progress.current, seconds))

            try:
                steps = runs.run(rhythm, conf, at)
            except RhythmFailedError as error:
                failures.append(str(error).rstrip("."))
                at(Progress(0, 0), "failed")
            else:
                at(Progress(steps, steps), "success")
    if failures:
        raise CodexError(f"{'; '.join(failures)}.")
