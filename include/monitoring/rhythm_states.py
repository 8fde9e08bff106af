"""The state of each rhythm: when it beats, what wakes it and what it wakes, its last run, whether it keeps time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from codex_dreams.dag.reading import dags_of, timetable_of, woken_by
from include.airflow_service import metadata as airflow_metadata
from include.airflow_service.metadata import LastRun, Plan
from include.errors import CodexError
from include.monitoring.slas.episodes import Miss, missed_now
from include.rhythms.catalogue import RHYTHMS, Rhythm
from include.store.address import metadata_url, store_url
from include.store.connection import connect

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from codex_dreams.timetables.rhythm import RhythmTimetable

BEATS_SHOWN = 3


@dataclass(frozen=True)
class Beat:
    """A rhythm's next beat; `told` is it in words (the name in `rhythms --json`)."""

    at: datetime
    told: str


@dataclass(frozen=True)
class RhythmState:
    """One rhythm. `last_run` is None where it never ran, or where Airflow's metadata can't be read from here."""

    rhythm: str
    schedule: str
    next_beats: tuple[Beat, ...]
    wakes_on: tuple[str, ...]
    emits: tuple[str, ...]
    deadline_seconds: float
    paused: bool
    last_run: Mapping[str, Any] | None
    missed: tuple[Miss, ...]

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def read_rhythms(now: datetime | None = None) -> list[RhythmState]:
    """All, from their DAG files, Airflow's metadata and the served schema. The store must be running.

    Raises CodexError where a DAG file can't be read.
    """
    moment = now or datetime.now(UTC)
    dags = {rhythm.dag_id: dag for rhythm, dag in dags_of(RHYTHMS)}
    plans, runs = _airflow()
    missed = open_misses()
    return [_state(rhythm, dags[rhythm.dag_id], moment, plans, runs, missed) for rhythm in RHYTHMS]


def open_misses() -> list[Miss]:
    """All targets that are missed now, the oldest first."""
    with connect(store_url()) as store:
        return missed_now(store)


def _state(
    rhythm: Rhythm,
    dag: DAG,
    moment: datetime,
    plans: Mapping[str, Plan],
    runs: Mapping[str, LastRun],
    missed: Sequence[Miss],
) -> RhythmState:
    timetable = timetable_of(dag)
    plan, run = plans.get(rhythm.dag_id), runs.get(rhythm.dag_id)
    return RhythmState(
        rhythm=rhythm.dag_id,
        schedule=timetable.summary if timetable else "",
        next_beats=tuple(_beats(timetable, moment)) if timetable else (),
        wakes_on=tuple(woken_by(dag)),
        emits=tuple(asset.name for task in dag.tasks for asset in task.outlets),
        deadline_seconds=rhythm.deadline.total_seconds(),
        paused=plan.paused if plan else False,
        last_run=_told(run) if run else None,
        missed=tuple(miss for miss in missed if miss.subject == rhythm.dag_id),
    )


def _told(run: LastRun) -> dict[str, Any]:
    ended, queued = run.ended_at, run.queued_at
    return {
        "run_id": run.run_id,
        "type": run.run_type,
        "state": run.state,
        "started_at": run.started_at,
        "ended_at": ended,
        "seconds_from_queued": (ended - queued).total_seconds() if ended and queued else None,
    }


def _beats(timetable: RhythmTimetable, moment: datetime) -> Iterator[Beat]:
    beat = timetable.next_beat(moment)
    for _ in range(BEATS_SHOWN):
        if beat is None:
            return
        yield Beat(beat, timetable.told(beat))
        beat = timetable.next_beat(beat)


def _airflow() -> tuple[Mapping[str, Plan], Mapping[str, LastRun]]:
    url = metadata_url()
    if url is not None:
        with contextlib.suppress(CodexError, psycopg.Error), airflow_metadata.metadata(url) as connection:
            return airflow_metadata.plans(connection), airflow_metadata.last_runs(connection)
    return {}, {}
