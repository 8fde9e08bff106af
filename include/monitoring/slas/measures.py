"""Measuring what really happened against the targets and deadlines."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg

from include.airflow_service import metadata as airflow_metadata
from include.lake.connection import Lake
from include.monitoring.slas import targets
from include.monitoring.slas.episodes import Reading
from include.monitoring.slas.targets import PerformanceTarget
from include.monitoring.waiting import backlog as undecided
from include.rhythms.catalogue import BACKLOG_AGE, BY_DAG
from include.rhythms.sleep_plan import waking_hours
from include.store.address import metadata_url
from include.store.connection import connect
from include.store.contract import read_contract

READS = 3

_LATEST_CHANGE = "select max(updated_at) from staging.stg_codex_store__current_memories"
_LATEST_MEMORY = "select max(created_at) from staging.stg_codex_store__current_memories"
_OLDEST_CHANGE = "SELECT min(updated_at::timestamptz) FROM public.memories WHERE updated_at > %s"
_OLDEST_MEMORY = "SELECT min(created_at::timestamptz) FROM public.memories WHERE created_at > %s"

_LATEST_RUN = """
    SELECT run_id, array_agg(duration_ms) FROM codex_processed.stage_metrics
    WHERE dag_id = %s AND status IN ('success', 'error') AND recorded_at > now() - interval '7 days'
    GROUP BY run_id ORDER BY max(recorded_at) DESC LIMIT 1
"""

_LATEST_ANSWERS = """
    with answered as (
        select run_id, latency_ms, called_at from control.llm_calls
        where outcome in ('answered', 'repaired') and called_at > ? and latency_ms is not null
    )

    select run_id, median(latency_ms) from answered group by run_id order by max(called_at) desc limit 1
"""


def performance(store: psycopg.Connection[Any], lake: duckdb.DuckDBPyConnection, now: datetime) -> Iterator[Reading]:
    """A reading for each performance target that something was measured for within a week."""
    yield _reading(targets.WORKING_MEMORY_QUERY, _read_attention(lake), "", "the lake")
    for target, dag_id, summed in (
        (targets.SHORT_TERM_PROCESSING, "short_term_memory", statistics.median),
        (targets.CONSOLIDATION_CYCLE, "hippocampal_replay", sum),
    ):
        run = store.execute(_LATEST_RUN, [dag_id]).fetchone()
        if run is not None:
            yield _reading(target, float(summed(run[1])), run[0], run_address(dag_id, run[0]))
    answers = lake.execute(_LATEST_ANSWERS, [now - timedelta(days=7)]).fetchone()
    if answers is not None:
        yield _reading(targets.ENRICHMENT, answers[1], answers[0], "./codex metrics, and the language model's server")


def _reading(target: PerformanceTarget, milliseconds: float, run_id: str, where: str) -> Reading:
    over = milliseconds - target.milliseconds
    return Reading(
        kind="performance",
        subject=target.subject,
        target=f"{_duration(target.milliseconds)} for {target.what}",
        measured=f"it took {_duration(milliseconds)}" + (f" in run {run_id}" if run_id else ""),
        over=_duration(over) if over > 0 else None,
        where=where,
    )


def _read_attention(lake: duckdb.DuckDBPyConnection) -> float:
    """Milliseconds of reading what is in mind, in a session that is open."""
    took = []
    for _ in range(READS):
        started = time.perf_counter()
        lake.execute("select * from working_memory.wm_active_attention").fetchall()
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def backlog(
    store: psycopg.Connection[Any], lake: duckdb.DuckDBPyConnection, awake: tuple[datetime, datetime], now: datetime
) -> Reading | None:
    """How long the oldest memory has waited for its fate, since working memory woke up; None while it sleeps.

    :param awake: when working memory woke up today, and when it winds down
    """
    woke, sleeps = awake
    if not woke <= now <= sleeps:
        return None
    waiting = [since for since in (_oldest_unperceived(store, lake), undecided(lake, now).since) if since]
    waited = max((now - max(since, woke) for since in waiting), default=timedelta(0))
    late = waited - BACKLOG_AGE
    return Reading(
        kind="backlog",
        subject="working_memory",
        target=f"a memory waits for attention for {_minutes(BACKLOG_AGE)} at most",
        measured=f"the oldest has waited for {_minutes(waited)}" if waiting else "nothing waits",
        over=_minutes(late) if late > timedelta(0) else None,
        where="./codex status, and the runs of working_memory in the web UI",
    )


def _oldest_unperceived(store: psycopg.Connection[Any], lake: duckdb.DuckDBPyConnection) -> datetime | None:
    """Since when the source holds something that was not taken in; by its own dates."""
    dated = read_contract(store).has("updated_at")
    latest = lake.execute(_LATEST_CHANGE if dated else _LATEST_MEMORY).fetchone()
    known = (latest and latest[0]) or datetime(1, 1, 1, tzinfo=UTC)
    row = store.execute(_OLDEST_CHANGE if dated else _OLDEST_MEMORY, [known]).fetchone()
    return row[0] if row else None


def finished_in_time(store: psycopg.Connection[Any]) -> Iterator[Reading]:
    """A reading that ends the episode, for each DAG that missed its deadline and has kept it since."""
    missed = store.execute(
        "SELECT subject, missed_at FROM codex_processed.sla_misses WHERE kind = 'deadline' AND recovered_at IS NULL"
    ).fetchall()
    url = metadata_url()
    if not missed or url is None:
        return
    with airflow_metadata.metadata(url) as metadata:
        for dag_id, since in missed:
            run = airflow_metadata.last_success(metadata, dag_id, since)
            rhythm = BY_DAG.get(dag_id)
            if run and rhythm and run.took <= rhythm.deadline:
                yield Reading(
                    kind="deadline",
                    subject=dag_id,
                    target=f"done {_duration(_ms(rhythm.deadline))} after it was queued",
                    measured=f"a run was done after {_duration(_ms(run.took))}",
                    over=None,
                    where=run_address(dag_id, run.run_id),
                    run_id=run.run_id,
                )


def late_run(dag_id: str, run: dict[str, Any], now: datetime | None = None) -> Reading | None:
    """The reading of a run whose deadline has passed, from what Airflow tells of it; None if it was done in time.

    :param run: Airflow's description of the run (`state`, `queued_at`, `end_date`, `dag_run_id`)
    """
    moment = now or datetime.now(UTC)
    deadline = BY_DAG[dag_id].deadline
    run_id = str(run.get("dag_run_id") or run.get("run_id") or "")
    queued, ended = _instant(run.get("queued_at")), _instant(run.get("end_date"))
    state = str(run.get("state") or "running")
    took = (ended or moment) - queued if queued else deadline
    if state == "success" and queued and took <= deadline:
        return None
    told = {"success": "it was done after", "failed": "it failed after"}.get(state, f"it is {state} after")
    over = _duration(_ms(took - deadline)) if took > deadline else "not done in time, and nothing"
    return Reading(
        kind="deadline",
        subject=dag_id,
        target=f"done {_duration(_ms(deadline))} after it was queued",
        measured=f"{told} {_duration(_ms(took))}" + (f" ({run_id})" if run_id else ""),
        over=over,
        where=run_address(dag_id, run_id),
        run_id=run_id,
    )


def signs_of_life(health: dict[str, Any], now: datetime | None = None) -> Iterator[Reading]:
    """A reading for each of Airflow's processes, from what its API server says of their heartbeats."""
    moment = now or datetime.now(UTC)
    for process in ("scheduler", "dag_processor", "triggerer"):
        told = health.get(process) or {}
        last = _instant(told.get(f"latest_{process}_heartbeat"))
        if last is None:
            continue  # it has not begun yet
        silent = moment - last
        late = silent - targets.SILENCE
        yield Reading(
            kind="heartbeat",
            subject=process,
            target=f"a sign of life every {_duration(_ms(targets.SILENCE))}",
            measured=f"the last was {_duration(_ms(silent))} ago",
            over=_duration(_ms(late)) if late > timedelta(0) else None,
            where=f"{process.replace('_', '-')}.log below $CODEX_HOME/logs",
        )


def run_address(dag_id: str, run_id: str) -> str:
    """Where a run is shown in the web UI."""
    base = os.environ.get("AIRFLOW__API__BASE_URL", "").rstrip("/")
    return f"{base}/dags/{dag_id}/runs/{run_id}"


def readings(lake: Lake, zone: ZoneInfo, now: datetime | None = None) -> Sequence[Reading]:
    """All that can be measured from inside: performance, backlog, and deadlines that are kept again."""
    moment = now or datetime.now(UTC)
    awake = waking_hours(moment, zone)
    with connect(lake.store_url) as store, lake.connect(threads=2) as duck:
        waiting = backlog(store, duck, awake, moment)
        return [*performance(store, duck, moment), *finished_in_time(store), *([waiting] if waiting else [])]


def _instant(told: Any) -> datetime | None:
    if told is None or isinstance(told, datetime):
        return told
    return datetime.fromisoformat(str(told).replace("Z", "+00:00"))


def _ms(duration: timedelta) -> float:
    return 1000 * duration.total_seconds()


def _duration(milliseconds: float) -> str:
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 120_000 else _minutes(timedelta(milliseconds=milliseconds))


def _minutes(duration: timedelta) -> str:
    return f"{duration.total_seconds() / 60:.0f} min"
