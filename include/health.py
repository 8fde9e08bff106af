"""Health: whether each part is there, and whether anything waits longer than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import psycopg

from include.errors import CodexError
from include.lake.connection import Lake
from include.language_model.model import LanguageModel, ModelUnavailableError
from include.store.connection import connect
from include.store.contract import read_contract

Status = Literal["healthy", "idle", "degraded", "stalled", "down"]

BACKLOG_LIMIT = timedelta(minutes=30)
"""A memory that waits longer than this for attention, while others are served, has stalled."""


@dataclass(frozen=True)
class Component:
    """One part of the system, how it is, and why."""

    name: str
    status: Status
    reason: str


def check(lake: Lake, model: Callable[[], LanguageModel], now: datetime | None = None) -> list[Component]:
    """Look at every part. Never raises: what can't be looked at is down, with the reason."""
    moment = now or datetime.now(UTC)
    store = _store(lake)
    components = [store]
    if store.status != "down":
        components.append(_guarded("lake", lambda: _lake(lake)))
        components.append(_guarded("backlog", lambda: _backlog(lake, moment)))
        components.append(_guarded("failed memories", lambda: _failed(lake)))
    components.append(_guarded("language model", lambda: _language_model(model)))
    return components


def _guarded(name: str, look: Callable[[], Component]) -> Component:
    try:
        return look()
    except Exception as error:  # a part that can't be looked at is down, whatever the error
        return Component(name, "down", str(error).splitlines()[0] if str(error) else type(error).__name__)


def _store(lake: Lake) -> Component:
    try:
        with connect(lake.store_url) as store:
            read_contract(store)
            row = store.execute("SELECT count(*) FROM public.memories").fetchone()
    except (CodexError, psycopg.Error) as error:
        return Component("store", "down", str(error).splitlines()[0])
    return Component("store", "healthy", f"{row[0] if row else 0} memories in public.memories")


def _lake(lake: Lake) -> Component:
    with lake.connect() as connection:
        row = connection.execute("select count(*) from control.clock").fetchone()
    return Component("lake", "healthy", f"{row[0] if row else 0} rhythms have run")


def _backlog(lake: Lake, moment: datetime) -> Component:
    with lake.connect() as connection:
        row = connection.execute(
            "select count(*), min(state.event_at), min(memories.updated_at) from control.processing_state as state "
            "inner join staging.stg_codex_store__current_memories as memories on state.memory_id = memories.memory_id "
            "where state.status = 'pending' and state.event_at <= ?",
            [moment],
        ).fetchone()
    count, _, since = row if row else (0, None, None)
    if count == 0:
        return Component("backlog", "idle", "nothing waits")
    waited = moment - (since or moment)
    status: Status = "stalled" if waited > BACKLOG_LIMIT else "healthy"
    return Component("backlog", status, f"{count} memories wait, the oldest for {_minutes(waited)}")


def _failed(lake: Lake) -> Component:
    with lake.connect() as connection:
        rows = connection.execute(
            "select task, count(*), max_by(last_error, failed_at) from control.given_up group by task order by task"
        ).fetchall()
    if not rows:
        return Component("failed memories", "healthy", "no question was given up")
    told = "; ".join(f"{count} at {task} (last: {error})" for task, count, error in rows)
    return Component("failed memories", "degraded", told)


def _language_model(model: Callable[[], LanguageModel]) -> Component:
    try:
        identity = model().identity("answers")
    except ModelUnavailableError as error:
        return Component("language model", "down", str(error))
    return Component("language model", "healthy", identity.model)


def _minutes(duration: timedelta) -> str:
    return f"{max(0, round(duration.total_seconds() / 60))} min"


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
