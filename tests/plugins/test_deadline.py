"""A missed deadline leaves a row and a line; a run's clock is read from what Airflow knows of the run."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from codex_dreams.callbacks.deadline import record_deadline_miss
from include.rhythms.catalogue import RHYTHMS
from include.rhythms.clock import Clock
from tests.conftest import World

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

NOON = datetime(2026, 3, 4, 11, tzinfo=UTC)


def misses(world: World) -> list[tuple[Any, ...]]:
    return world.store("SELECT kind, subject, run_id, target, message FROM codex_processed.sla_misses ORDER BY id")


def test_every_rhythm_has_a_deadline_that_knows_how_to_be_missed(world: World) -> None:
    from codex_dreams.dag.deadlines import RECORD, deadline

    module, _, name = RECORD.rpartition(".")
    called = getattr(import_module(module), name)
    for rhythm in RHYTHMS:
        alert = deadline(rhythm)
        assert alert.interval == rhythm.deadline > timedelta(0)
        assert rhythm.dag_id in str(alert.name)
        assert alert.callback.path == RECORD
        called(**alert.callback.kwargs, context={"dag_run": {"dag_run_id": "late"}})
    assert [(subject, run_id) for _, subject, run_id, _, _ in misses(world)] == [
        (rhythm.dag_id, "late") for rhythm in RHYTHMS
    ]


def test_a_miss_is_a_row_and_a_line_and_the_next_late_run_is_of_the_same_episode(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    run = {"dag_run_id": "scheduled__1", "state": "failed", "queued_at": NOON.isoformat()}
    context = {"dag_run": run | {"end_date": (NOON + timedelta(minutes=31)).isoformat()}, "deadline": {"id": 1}}
    with caplog.at_level(logging.WARNING):
        record_deadline_miss(rhythm="rem_sleep", context=context)
    [row] = misses(world)
    assert row[:4] == ("deadline", "rem_sleep", "scheduled__1", "done 30 min after it was queued")
    assert "it failed after 31 min (scheduled__1), 60.0 s over" in row[4]
    assert row[4] in caplog.text
    caplog.clear()
    record_deadline_miss(rhythm="rem_sleep", context={"dag_run": {"run_id": "scheduled__2"}})
    assert misses(world) == [row]
    assert not caplog.text


def test_a_run_that_ended_in_time_is_no_miss_however_late_that_was_noticed(world: World) -> None:
    run = {"dag_run_id": "r", "state": "success", "queued_at": NOON.isoformat(), "end_date": NOON.isoformat()}
    record_deadline_miss(rhythm="rem_sleep", context={"dag_run": run})
    assert misses(world) == []


def test_a_miss_of_an_unknown_run_is_still_recorded(world: World) -> None:
    record_deadline_miss(rhythm="health")
    assert [row[:3] for row in misses(world)] == [("deadline", "health", "")]


def clock_of(run_type: str, conf: dict[str, Any] | None = None, **given: Any) -> Clock:
    from airflow.utils.types import DagRunType

    from codex_dreams.operators.run_clock import run_clock

    run = SimpleNamespace(run_id="run", run_type=DagRunType(run_type), run_after=NOON, start_date=NOON, conf=conf)
    context: Any = {"dag_run": run, "params": {"as_of": None, "asleep": None}} | given
    return run_clock(context, "rem_sleep")


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_run_of_the_scheduler_works_for_its_own_instant(run_type: str) -> None:
    clock = clock_of(run_type, {"as_of": "2020-01-01T00:00:00Z"})
    assert (clock.as_of, clock.phase) == (NOON, "awake")


def test_what_is_given_by_hand_comes_as_configuration_or_in_the_form() -> None:
    by_hand = clock_of("manual", {"as_of": "2020-01-01T00:00:00Z", "asleep": True})
    assert (by_hand.as_of, by_hand.sleep_travels) == (datetime(2020, 1, 1, tzinfo=UTC), True)
    form = clock_of("manual", params={"as_of": "2021-01-01T00:00:00Z", "asleep": False})
    assert (form.as_of, form.phase) == (datetime(2021, 1, 1, tzinfo=UTC), "awake")


def test_a_woken_run_hears_all_that_woke_it() -> None:
    events = {
        "attention": [SimpleNamespace(extra={"as_of": "2026-03-01T00:00:00+00:00", "given": True})],
        "memories": [SimpleNamespace(extra={"as_of": "2026-03-02T00:00:00+00:00", "given": True, "asleep": True})],
    }
    clock = clock_of("asset_triggered", triggering_asset_events=events)
    assert (clock.as_of, clock.phase) == (datetime(2026, 3, 2, tzinfo=UTC), "asleep")
    events["memories"].append(SimpleNamespace(extra=None))
    assert clock_of("asset_triggered", triggering_asset_events=events).as_of == NOON
