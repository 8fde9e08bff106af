"""Health: whether each part is there, each stage does its work, and anything waits longer than it should."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg

from include.airflow_service import metadata as airflow_metadata
from include.airflow_service.metadata import PARTS, LastRun, Plan
from include.errors import CodexError, first_line
from include.lake.connection import Lake
from include.language_model.budget import waited
from include.language_model.model import LanguageModel, ModelUnavailableError
from include.monitoring.slas.episodes import missed_now
from include.monitoring.slas.targets import SILENCE as HEARTBEAT_LIMIT
from include.monitoring.waiting import backlog, given_up, waiting_work
from include.parameters import parameters
from include.rhythms.catalogue import BACKLOG_AGE, NIGHT, Rhythm
from include.rhythms.gates import Pending
from include.rhythms.sleep_plan import WAKES_UP, WINDS_DOWN, SleepPlan
from include.settings import settings
from include.store.connection import connect
from include.store.contract import read_contract

if TYPE_CHECKING:
    import duckdb

Status = Literal["healthy", "idle", "degraded", "stalled", "down"]
Level = Literal["ok", "warning", "critical"]

LEVELS: Mapping[Status, Level] = {
    "healthy": "ok",
    "idle": "ok",
    "degraded": "warning",
    "stalled": "critical",
    "down": "critical",
}
"""As in the view `codex_processed.memory_health`."""
EXIT_CODES: Mapping[Level, int] = {"ok": 0, "warning": 1, "critical": 2}
"""Of `./codex health`, as monitoring plugins have them."""

GRACE = timedelta(minutes=2)
"""How late the scheduler may begin a run beyond the rhythm's own deadline."""
NIGHTS_LOOKED_AT = 14
NIGHTS_WITHOUT = 2
"""So many nights in a row without sleep are told."""
MODEL_TIMEOUT_SECONDS = 15.0
"""A model server that takes longer to say its name is as good as down."""
DISK_DEGRADED, DISK_DOWN = 2 * 1024**3, 256 * 1024**2
"""Free bytes below which the disk is nearly full, and full."""


@dataclass(frozen=True)
class Component:
    """One part of the system, how it is, and why. `figures` are the numbers behind the reason, for programs."""

    name: str
    status: Status
    reason: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How bad that is."""
        return LEVELS[self.status]


@dataclass(frozen=True)
class _Airflow:
    """What Airflow's metadata says, read once."""

    heartbeats: Mapping[str, datetime]
    plans: Mapping[str, Plan]
    runs: Mapping[str, LastRun]
    nightly: list[tuple[str, datetime, str]]

    def beats(self, moment: datetime) -> bool:
        """Whether there is a scheduler that could begin a run."""
        beat = self.heartbeats.get("scheduler")
        return beat is not None and moment - beat <= HEARTBEAT_LIMIT


def check(
    lake: Lake,
    model: Callable[[], LanguageModel],
    now: datetime | None = None,
    *,
    metadata_url: str | None = None,
    disks: Mapping[str, Path] | None = None,
    exposed: Callable[[], Sequence[Path]] | None = None,
) -> list[Component]:
    """Look at every part. Never raises: what can't be looked at is down, with the reason.

    :param metadata_url: Airflow's metadata; without it, its processes and runs are left out
    :param disks: folders whose disks must have room, by name
    :param exposed: what other users of the machine may read of the installation
    """
    moment = now or datetime.now(UTC)
    components = [_store(lake)]
    store_is_up = components[0].status != "down"
    airflow, trouble = _read_airflow(metadata_url, moment)
    if store_is_up:
        components += _of_the_lake(lake, airflow, moment)
        components.append(_guarded("publishing", lambda: _publishing(lake.store_url, airflow)))
        components.append(_guarded("audit", lambda: _audit(lake)))
        components.append(_guarded("targets", lambda: _targets(lake.store_url)))
    components.append(_guarded("language model", lambda: _language_model(model, lake)))
    if airflow is not None:
        components += [_part(name, airflow.heartbeats.get(name), moment) for name in PARTS.values()]
        components.append(_last_night(airflow, moment))
    elif trouble is not None:
        components.append(Component("scheduler", "down", trouble))
    components += [
        _guarded(name, lambda name=name, folder=folder: _disk(name, folder))  # type: ignore[misc]
        for name, folder in (disks or {}).items()
    ]
    if exposed is not None:
        components.append(_guarded("privacy", lambda: _privacy(exposed())))
    return components


def worst(components: list[Component]) -> Level:
    """The level of the part that is worst off."""
    return max((component.level for component in components), key=lambda level: EXIT_CODES[level], default="ok")


def _guarded(name: str, look: Callable[[], Component]) -> Component:
    try:
        return look()
    except Exception as error:  # a part that can't be looked at is down, whatever the error
        return Component(name, "down", first_line(error))


def _store(lake: Lake) -> Component:
    try:
        with connect(lake.store_url) as store:
            read_contract(store)
            row = store.execute("SELECT count(*) FROM public.memories").fetchone()
    except (CodexError, psycopg.Error) as error:
        return Component("store", "down", first_line(error))
    count = row[0] if row else 0
    return Component("store", "healthy", f"{count} memories in public.memories", {"memories": count})


def _audit(lake: Lake) -> Component:
    """What is not served as it was built: a red test keeps yesterday's knowledge served, and this says so."""
    with connect(lake.store_url) as store:
        red = store.execute(
            "SELECT rhythm, model, reason, audited_at FROM codex_processed.audits "
            "WHERE status = 'failed' ORDER BY model"
        ).fetchall()
        held = store.execute("SELECT table_name, held_since FROM codex_processed.held_back ORDER BY 1").fetchall()
        row = store.execute("SELECT count(*) FROM codex_processed.publications").fetchone()
    figures = {"failed": [model for _, model, _, _ in red], "held_back": [table for table, _ in held]}
    told = [f"{model} of {rhythm} did not pass ({at:%Y-%m-%d %H:%M} UTC): {why}" for rhythm, model, why, at in red]
    told += [f"{table} is as it was before {since:%Y-%m-%d %H:%M} UTC" for table, since in held]
    if told:
        return Component("audit", "degraded", "not served until it passes: " + "; ".join(told), figures)
    return Component("audit", "healthy", f"{row[0] if row else 0} tables are served as they were built", figures)


def _of_the_lake(lake: Lake, airflow: _Airflow | None, moment: datetime) -> list[Component]:
    """The lake, what waits in it, and its stages, over one connection."""
    try:
        with lake.connect(threads=2) as connection:
            waits = cache(lambda: waiting_work(connection, lake, moment))
            return [
                _guarded("lake", lambda: _lake(connection)),
                _guarded("backlog", lambda: _backlog(connection, moment)),
                _guarded("failed memories", lambda: _failed(connection)),
                *(
                    _guarded(rhythm.dag_id, lambda rhythm=rhythm: _stage(connection, waits, rhythm, airflow, moment))  # type: ignore[misc]
                    for rhythm in NIGHT
                ),
            ]
    except Exception as error:  # as in _guarded
        return [Component("lake", "down", first_line(error))]


def _lake(connection: duckdb.DuckDBPyConnection) -> Component:
    row = connection.execute("select count(*) from control.clock").fetchone()
    return Component("lake", "healthy", f"{row[0] if row else 0} rhythms have run")


def _backlog(connection: duckdb.DuckDBPyConnection, moment: datetime) -> Component:
    count, since = backlog(connection, moment)
    if count == 0:
        return Component("backlog", "idle", "nothing waits", {"memories": 0, "oldest_seconds": 0})
    waited = moment - (since or moment)
    status: Status = "stalled" if waited > BACKLOG_AGE else "healthy"
    figures = {"memories": count, "oldest_seconds": round(waited.total_seconds())}
    return Component("backlog", status, f"{count} memories wait, the oldest for {_in_words(waited)}", figures)


def _failed(connection: duckdb.DuckDBPyConnection) -> Component:
    rows = given_up(connection)
    if not rows:
        return Component("failed memories", "healthy", "no question was given up", {"questions": 0})
    told = "; ".join(f"{count} at {task} (last: {error})" for task, count, error in rows)
    return Component("failed memories", "degraded", told, {"questions": sum(count for _, count, _ in rows)})


def _stage(
    connection: duckdb.DuckDBPyConnection,
    waits: Callable[[], Mapping[str, Pending]],
    rhythm: Rhythm,
    airflow: _Airflow | None,
    moment: datetime,
) -> Component:
    """A stage is degraded where its last run failed or answers were given up; stalled where it does not get on."""
    waiting = waits().get(rhythm.dag_id, Pending(0, ""))
    figures: dict[str, Any] = {"waiting": waiting.count}
    run = airflow.runs.get(rhythm.dag_id) if airflow else None
    if run:
        figures |= {"last_run": run.started_at, "last_success": run.succeeded_at}

    def told(status: Status, reason: str) -> Component:
        return Component(rhythm.dag_id, status, reason, figures)

    if airflow and (trouble := _not_getting_on(rhythm, airflow, waiting, moment)):
        return told("stalled", trouble)
    if run and run.failed_at:
        return told("degraded", f"the last run, {_ago(run.failed_at, moment)}, {run.failed_where}")
    plan = airflow.plans.get(rhythm.dag_id) if airflow else None
    if plan and plan.paused:
        return told("degraded", f"paused in Airflow; {_waits(waiting)}")
    if questions := _given_up(connection, rhythm):
        return told("degraded", f"{questions} questions were given up (see failed memories)")
    if run and run.ended_at is None:
        return told("healthy", f"runs since {_in_words(moment - run.started_at)}; {_waits(waiting)}")
    since = f"; the last run succeeded {_ago(run.succeeded_at, moment)}" if run and run.succeeded_at else ""
    return told("healthy" if waiting.count else "idle", _waits(waiting) + since)


def _waits(waiting: Pending) -> str:
    return f"{waiting.count} {waiting.what}" if waiting.count else "nothing waits"


def _not_getting_on(rhythm: Rhythm, airflow: _Airflow, waiting: Pending, moment: datetime) -> str | None:
    """Why the stage has stalled, or None where it has not. Where the scheduler is down, that is told of it alone."""
    run = airflow.runs.get(rhythm.dag_id)
    plan = airflow.plans.get(rhythm.dag_id)
    if run and run.ended_at is None and moment - (run.queued_at or run.started_at) > rhythm.deadline + GRACE:
        return f"a run that began {_ago(run.started_at, moment)} has not ended; its deadline was {rhythm.deadline}"
    if not airflow.beats(moment):
        return None
    if plan and not plan.paused and plan.next_due and moment - plan.next_due > rhythm.deadline + GRACE:
        return f"a run was due {_ago(plan.next_due, moment)} and has not begun"
    if waiting.count and rhythm.patience is not None and not (plan and plan.paused):
        since = max(run.succeeded_at, _woke_up(moment)) if run and run.succeeded_at else _woke_up(moment)
        if moment - since > rhythm.patience and _is_awake(moment):
            return f"{_waits(waiting)}, and no run has succeeded for {_in_words(moment - since)}"
    return None


def _plan() -> SleepPlan:
    return SleepPlan.of(parameters(), settings().zone)


def _is_awake(moment: datetime) -> bool:
    return WAKES_UP <= moment.astimezone(settings().zone).time() < WINDS_DOWN


def _woke_up(moment: datetime) -> datetime:
    local = moment.astimezone(settings().zone)
    return local.replace(hour=WAKES_UP.hour, minute=WAKES_UP.minute, second=0, microsecond=0)


def _given_up(connection: duckdb.DuckDBPyConnection, rhythm: Rhythm) -> int:
    return sum(task.questions for task in given_up(connection) if task.task in rhythm.tasks)


def _language_model(model: Callable[[], LanguageModel], lake: Lake) -> Component:
    """Who answers. A server that accepts a connection and then says nothing must not hold up the whole check."""
    found: list[Component] = []

    def look() -> None:
        try:
            asked = model()
            answers, embeddings = asked.identity("answers").model, asked.identity("embeddings").model
        except ModelUnavailableError as error:
            found.append(Component("language model", "down", first_line(error)))
        except Exception as error:  # as in _guarded
            found.append(Component("language model", "down", first_line(error)))
        else:
            told = answers if answers == embeddings else f"{answers}, embeddings by {embeddings}"
            known = _what_is_known(asked, lake)
            waiting = _what_waited(lake)
            figures = {"answers": answers, "embeddings": embeddings, "server": known or None}
            status: Status = "degraded" if waiting else "healthy"
            reason = "; ".join(part for part in (waiting, told, known) if part)
            found.append(Component("language model", status, reason, figures))

    asking = threading.Thread(target=look, daemon=True)
    asking.start()
    asking.join(MODEL_TIMEOUT_SECONDS)
    if found:
        return found[0]
    return Component("language model", "down", f"It did not answer within {MODEL_TIMEOUT_SECONDS:g} s")


def _what_is_known(model: LanguageModel, lake: Lake) -> str:
    """What the server was found to do; a lake that is down is told of by itself."""
    try:
        with lake.connect(threads=1) as connection:
            return model.told(connection)
    except Exception:  # as in _guarded
        return ""


def _what_waited(lake: Lake) -> str:
    """What the last night left to the next for want of minutes."""
    try:
        with lake.connect(threads=1) as connection:
            return waited(connection, datetime.now(UTC))
    except Exception:  # as in _guarded
        return ""


def _read_airflow(url: str | None, moment: datetime) -> tuple[_Airflow | None, str | None]:
    """What the metadata says; or why it can't be read; or neither, where it is not known."""
    if url is None:
        return None, None
    since = moment - timedelta(days=NIGHTS_LOOKED_AT + 1)
    try:
        with airflow_metadata.metadata(url) as connection:
            return (
                _Airflow(
                    airflow_metadata.heartbeats(connection),
                    airflow_metadata.plans(connection),
                    airflow_metadata.last_runs(connection),
                    airflow_metadata.ended_runs(connection, [rhythm.dag_id for rhythm in _NIGHTLY], since),
                ),
                None,
            )
    except psycopg.errors.UndefinedTable:
        return _Airflow({}, {}, {}, []), None  # the service was never started
    except (CodexError, psycopg.Error) as error:
        return None, f"Airflow's metadata can't be read: {first_line(error)}"


def _part(name: str, beat: datetime | None, moment: datetime) -> Component:
    if beat is None:
        return Component(name, "down", "it does not run; ./codex up starts it")
    silent = moment - beat
    figures = {"last_heartbeat": beat}
    if silent > HEARTBEAT_LIMIT:
        return Component(name, "down", f"no sign of life for {_in_words(silent)}: see its log, or ./codex up", figures)
    return Component(name, "healthy", f"alive {_ago(beat, moment)}", figures)


def _publishing(store_url: str, airflow: _Airflow | None) -> Component:
    """Results that are held back: by an audit that failed, or because a task before publishing did."""
    with connect(store_url) as store:
        rows = store.execute(
            "SELECT table_name, reason, held_since FROM codex_processed.held_back ORDER BY table_name"
        ).fetchall()
    held = [f"{table} since {since:%Y-%m-%d %H:%M} UTC ({reason})" for table, reason, since in rows]
    held += [
        f"all of {rhythm.dag_id}, which {run.failed_where}"
        for rhythm in (NIGHT if airflow else ())
        if airflow and (run := airflow.runs.get(rhythm.dag_id)) and run.failed_at and _holds_back(run)
    ]
    if not held:
        return Component("publishing", "healthy", "no failed model or data test holds results back", {"held": 0})
    told = f"held back: {'; '.join(held)}. What was published before stays"
    return Component("publishing", "degraded", told, {"held": len(held)})


def _holds_back(run: LastRun) -> bool:
    """Whether a run that failed may have built what it did not publish: not one that failed before it began."""
    return "publish" not in run.failed_tasks and run.failed_tasks != ("gate",)


def _targets(store_url: str) -> Component:
    """Targets that are missed at present: deadlines, performance, signs of life."""
    with connect(store_url) as store:
        missed = missed_now(store)
    if not missed:
        return Component("targets", "healthy", "every target is met", {"missed": 0})
    told = "; ".join(miss.message for miss in missed)
    return Component("targets", "degraded", f"missed, and not met since: {told}", {"missed": len(missed)})


_NIGHTLY = tuple(rhythm for rhythm in NIGHT if rhythm.beats.asleep not in (None, "sunday", "morning"))
"""Those that every night has."""


def _last_night(airflow: _Airflow, moment: datetime) -> Component:
    """A night went well if each of its rhythms succeeded at least when it last ran in it."""
    plan = _plan()
    last = plan.night_of(moment)
    if plan.wakes(last) + max(rhythm.deadline for rhythm in _NIGHTLY) > moment:
        last -= timedelta(days=1)  # tonight is not over
    nights: dict[date, dict[str, str]] = {}
    for dag_id, beat, state in airflow.nightly:
        night = plan.night_of(beat)
        if plan.cycle_at(beat) and night <= last:
            nights.setdefault(night, {})[dag_id] = state
    if not nights:
        return Component("last night", "idle", f"no night was slept in the last {NIGHTS_LOOKED_AT} days")
    well = [night for night, states in nights.items() if _slept_well(states)]
    figures = {"last_successful_night": max(well, default=None)}
    told = f"the last night that went well is that of {max(well)}" if well else "none went well lately"
    newest = max(nights)
    if not _slept_well(nights[newest]):
        failed = ", ".join(sorted(dag_id for dag_id, state in nights[newest].items() if state == "failed"))
        what = f"failed at {failed}" if failed else "was cut short"
        return Component("last night", "degraded", f"the night of {newest} {what}; {told}", figures)
    if (last - newest).days >= NIGHTS_WITHOUT:
        return Component("last night", "degraded", f"{(last - newest).days} nights without sleep; {told}", figures)
    return Component("last night", "healthy", told, figures)


def _slept_well(states: Mapping[str, str]) -> bool:
    return all(states.get(rhythm.dag_id) == "success" for rhythm in _NIGHTLY)


def disks(home: Path, lake_path: str) -> dict[str, Path]:
    """The disks that an installation fills: its home's, and the lake's where that is another."""
    found = {"disk": home}
    lake = Path(lake_path)
    if "://" not in lake_path and lake.exists() and lake.stat().st_dev != home.stat().st_dev:
        found["disk of the lake"] = lake
    return found


def _privacy(exposed: Sequence[Path]) -> Component:
    figures = {"exposed": [str(path) for path in exposed]}
    if exposed:
        told = f"other users of this machine may read {', '.join(figures['exposed'])}; make setup takes that from them"
        return Component("privacy", "degraded", told, figures)
    return Component("privacy", "healthy", "only their owner may read the files", figures)


def _disk(name: str, folder: Path) -> Component:
    usage = shutil.disk_usage(folder)
    status: Status = "down" if usage.free < DISK_DOWN else "degraded" if usage.free < DISK_DEGRADED else "healthy"
    told = f"{usage.free / 1024**3:.1f} GiB free of {usage.total / 1024**3:.1f} below {folder}"
    return Component(name, status, told, {"free_bytes": usage.free, "total_bytes": usage.total})


def _ago(then: datetime, moment: datetime) -> str:
    return f"{_in_words(moment - then)} ago"


def _in_words(duration: timedelta) -> str:
    seconds = max(0, round(duration.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 2 * 86400 else f"{round(seconds / 86400)} days"


def record(store_url: str, components: list[Component], now: datetime | None = None) -> None:
    """Write what was found into `codex_processed.health`."""
    moment = now or datetime.now(UTC)
    with connect(store_url) as store, store.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO codex_processed.health (component, status, reason, checked_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (component) DO UPDATE SET status = excluded.status, reason = excluded.reason, "
            "checked_at = excluded.checked_at",
            list(_rows(components, moment)),
        )


def _rows(components: list[Component], moment: datetime) -> Iterator[tuple[Any, ...]]:
    for component in components:
        yield component.name, component.status, component.reason, moment
