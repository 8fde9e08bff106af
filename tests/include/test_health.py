"""Health: what is down is told with its reason, and looking never fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from include import runtime
from include.health import BACKLOG_LIMIT, Component, check, record
from include.lake.connection import Lake
from include.language_model.choice import embedded_model
from include.language_model.model import LanguageModel, ModelUnavailableError
from tests.conftest import World

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def looked(now: datetime = NOW) -> dict[str, Component]:
    return {component.name: component for component in check(runtime.lake(), embedded_model, now)}


def took_in(content: str, saved: datetime) -> None:
    """A memory that was taken in and is still waiting, as the models would have it."""
    with runtime.lake().connect(threads=1) as lake:
        lake.execute(
            "insert into staging.stg_codex_store__memories by name select uuid() as memory_id, 1 as version_no, "
            "'h' as version_hash, true as is_current, false as is_deleted, ? as content, [] as tags, "
            "cast(? as timestamptz) as created_at, cast(? as timestamptz) as updated_at, 1 as beat",
            [content, saved, saved],
        )
        lake.execute(
            "insert into control.clock select 'working_memory', now(), 1, 'run', 'awake', current_date, 0, 1, 1, 'UTC' "
            "where not exists (select 1 from control.clock where rhythm = 'working_memory')"
        )


def test_a_new_installation_is_healthy_and_idle(world: World) -> None:
    assert {name: component.status for name, component in looked().items()} == {
        **{"store": "healthy", "lake": "healthy", "backlog": "idle", "failed memories": "healthy"},
        "language model": "healthy",
    }


def test_a_backlog_stalls_only_after_its_limit(world: World) -> None:
    took_in("Tea.", NOW - BACKLOG_LIMIT)
    assert (looked()["backlog"].status, looked()["backlog"].reason) == (
        "healthy",
        "1 memories wait, the oldest for 30 min",
    )
    assert looked(NOW + timedelta(seconds=1))["backlog"].status == "stalled"
    assert looked(NOW - timedelta(days=1))["backlog"].status == "idle"  # it lies in the future then


def test_what_was_given_up_is_told_by_task(world: World) -> None:
    with runtime.lake().connect(threads=1) as lake:
        lake.execute("insert into control.answer_contracts values ('key_insight', 'c', 'm', 'd', '1', null, null)")
        lake.execute(
            "insert into control.llm_failures select timestamptz '2026-03-04 09:00:00+00' + to_minutes(i), "
            "'key_insight', 'c', 'h', 'r', 'invalid', 'attempt ' || i from range(1, 4) as t(i)"
        )
    failed = looked()["failed memories"]
    assert (failed.status, failed.reason) == ("degraded", "1 at key_insight (last: attempt 3)")


def test_a_store_that_is_down_is_told_and_what_hangs_on_it_left_out(world: World) -> None:
    gone = Lake(world.url.replace("world_", "gone_"), str(world.folder), runtime.home().extensions)
    store, model = check(gone, embedded_model, NOW)
    assert (store.name, store.status) == ("store", "down")
    assert "Check the database name" in store.reason
    assert model.status == "healthy"


def test_a_store_without_its_table_is_down_with_advice(world: World) -> None:
    world.store("DROP TABLE public.memories")
    assert looked()["store"].status == "down"
    assert "codex-store" in looked()["store"].reason


@pytest.mark.parametrize("error", [ModelUnavailableError("it went home\nfor good"), ValueError("no such connection")])
def test_a_model_that_cannot_be_asked_is_down_with_its_reason(world: World, error: Exception) -> None:
    def model() -> LanguageModel:
        raise error

    *_, found = check(runtime.lake(), model, NOW)
    assert (found.name, found.status) == ("language model", "down")
    assert str(error).splitlines()[0] in found.reason


def test_what_was_found_replaces_what_was_found_before(world: World) -> None:
    record(world.url, [Component("store", "down", "gone"), Component("lake", "healthy", "fine")], NOW)
    record(world.url, [Component("store", "healthy", "back")], NOW + timedelta(minutes=10))
    rows = world.store("SELECT component, status, reason, checked_at FROM codex_processed.health ORDER BY component")
    assert rows == [("lake", "healthy", "fine", NOW), ("store", "healthy", "back", NOW + timedelta(minutes=10))]
    alerts = dict(world.store("SELECT component, alert_level FROM codex_processed.memory_health"))
    assert alerts == {"lake": "ok", "store": "ok"}


def test_a_status_that_does_not_exist_is_refused_by_the_store(world: World) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        record(world.url, [Component("store", "so so", "?")], NOW)  # type: ignore[arg-type]
