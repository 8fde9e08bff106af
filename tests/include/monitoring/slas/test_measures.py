"""What is measured is what happened: dbt's models, the model's answers, what waits, who gives signs of life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from include.lake.connection import configured_lake
from include.monitoring.slas import targets
from include.monitoring.slas.episodes import Reading
from include.monitoring.slas.measures import late_run, readings, signs_of_life
from include.rhythms.catalogue import RHYTHMS
from tests.conftest import World

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 4, 11, tzinfo=UTC)
QUEUED = "2026-03-04T11:00:00Z"
TARGETS_OF_NO_RHYTHM = {target.subject for target in targets.PERFORMANCE}


def measured(subject: str, now: datetime | None = None) -> Reading | None:
    found = [reading for reading in readings(configured_lake(), BERLIN, now) if reading.subject == subject]
    assert len(found) <= 1
    return found[0] if found else None


def took(world: World, dag_id: str, run_id: str, *milliseconds: float, minutes_ago: int = 0) -> None:
    for number, duration in enumerate(milliseconds):
        world.store(
            "INSERT INTO codex_processed.stage_metrics (recorded_at, dag_id, run_id, step, status, duration_ms) "
            "VALUES (now() - %s * interval '1 minute', %s, %s, %s, 'success', %s)",
            [minutes_ago, dag_id, run_id, f"model_{number}", duration],
        )


def test_a_run_of_every_rhythm_is_held_against_its_own_deadline() -> None:
    queued = datetime.fromisoformat(QUEUED)
    for rhythm in RHYTHMS:
        ended = (queued + rhythm.deadline).isoformat()
        run = {"state": "success", "queued_at": QUEUED, "dag_run_id": "run"}
        assert late_run(rhythm.dag_id, run | {"end_date": ended}) is None
        late = late_run(rhythm.dag_id, run | {"end_date": (queued + 2 * rhythm.deadline).isoformat()})
        assert late is not None
        assert late.subject == rhythm.dag_id
        assert late.over


@pytest.mark.integration
def test_the_models_of_a_run_are_timed_as_dbt_ran_them(world: World) -> None:
    world.remember([{"content": "The pump stopped.", "created_at": NOON}])
    world.run_dags("working", as_of=NOON + timedelta(minutes=5))
    rows = world.store("SELECT dag_id, step, status, duration_ms > 0, run_id <> '' FROM codex_processed.stage_metrics")
    assert {dag_id for dag_id, *_ in rows} == {"working_memory"}
    models = {step for _, step, status, *_ in rows if status == "success"}
    assert {"stg_codex_store__memories", "wm_admissions", "processing_state"} <= models
    assert any(status == "pass" for *_, status, _, _ in rows), "tests are timed, too"
    assert all(lasted and known for *_, lasted, known in rows)


def test_the_latest_run_is_held_against_the_target_and_a_fast_one_ends_it(world: World) -> None:
    assert measured("short-term processing") is None
    took(world, "short_term_memory", "slow", 100, 350, 900, minutes_ago=9)
    slow = measured("short-term processing")
    assert slow is not None
    assert (slow.measured, slow.over) == ("it took 350 ms in run slow", "150 ms")
    assert slow.where.endswith("/dags/short_term_memory/runs/slow")
    took(world, "short_term_memory", "fast", 100, 150, 900)
    fast = measured("short-term processing")
    assert fast is not None
    assert fast.over is None


def test_a_consolidation_cycle_is_all_its_models(world: World) -> None:
    took(world, "hippocampal_replay", "night", 2_000, 2_000, 1_500)
    cycle = measured("consolidation cycle")
    assert cycle is not None
    assert (cycle.measured, cycle.over) == ("it took 5.5 s in run night", "500 ms")


@pytest.mark.parametrize(("latency", "over"), [(299.0, None), (450.0, "150 ms")])
def test_enrichment_is_what_the_model_took_and_what_was_kept_does_not_count(
    world: World, latency: float, over: str | None
) -> None:
    with configured_lake().connect() as lake:
        for outcome, milliseconds in (("answered", latency), ("hit", 0.1), ("hit", 0.1), ("invalid", 9_000.0)):
            lake.execute(
                "insert into control.llm_calls (called_at, run_id, task, request_id, contract, input_hash, model, "
                "outcome, latency_ms) values (?, 'run', 'perceive', 'r', 'c', 'h', 'm', ?, ?)",
                [NOON, outcome, milliseconds],
            )
    reading = measured("enrichment", NOON + timedelta(hours=1))
    assert reading is not None
    assert reading.over == over


@pytest.mark.integration
def test_what_waits_grows_old_only_while_working_memory_is_awake(world: World) -> None:
    saved = datetime(2026, 3, 4, 20, 50, tzinfo=UTC)  # 21:50 in Berlin
    world.remember([{"content": "A thought before sleep.", "created_at": saved}])
    world.store("UPDATE public.memories SET updated_at = %s", [saved])

    def waited(now: datetime) -> str | None:
        reading = measured("working_memory", now)
        return reading.over if reading else "asleep"

    assert waited(saved + timedelta(minutes=9)) is None
    assert waited(saved + timedelta(hours=3)) == "asleep"
    morning = datetime(2026, 3, 5, 5, tzinfo=UTC)  # 06:00
    assert waited(morning + timedelta(minutes=29)) is None
    assert waited(morning + timedelta(minutes=45)) == "15 min"
    world.run_dags("working", as_of=morning + timedelta(minutes=46))
    assert waited(morning + timedelta(minutes=50)) is None


@pytest.mark.parametrize(
    ("state", "ended", "looked", "told"),
    [
        ("success", "2026-03-04T11:00:59Z", 70, None),
        ("success", "2026-03-04T11:01:20Z", 90, "it was done after 80.0 s (r)"),
        ("failed", "2026-03-04T11:00:20Z", 61, "it failed after 20.0 s (r)"),
        ("running", None, 61, "it is running after 61.0 s (r)"),
        ("queued", None, 75, "it is queued after 75.0 s (r)"),
    ],
)
def test_a_runs_own_state_and_times_decide_whether_it_was_late(
    state: str, ended: str | None, looked: int, told: str | None
) -> None:
    run = {"dag_run_id": "r", "state": state, "queued_at": QUEUED, "end_date": ended, "logical_date": None}
    reading = late_run("working_memory", run, NOON + timedelta(seconds=looked))
    assert (reading and reading.measured) == told
    assert reading is None or reading.over is not None


def test_a_process_that_stands_still_gives_no_sign_of_life() -> None:
    heard = {
        "scheduler": {"latest_scheduler_heartbeat": "2026-03-04T10:58:20+00:00"},
        "triggerer": {"latest_triggerer_heartbeat": "2026-03-04T10:59:50+00:00"},
        "dag_processor": {"latest_dag_processor_heartbeat": None},
    }
    found = {reading.subject: reading.over for reading in signs_of_life(heard, NOON)}
    assert found == {"scheduler": "40.0 s", "triggerer": None}
    assert list(signs_of_life({}, NOON)) == []
