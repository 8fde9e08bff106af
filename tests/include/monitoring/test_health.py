"""Health: what is down is told with its reason, what does not get on has stalled, and looking never fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from include.lake.connection import Lake, configured_lake
from include.language_model.choice import embedded_model
from include.language_model.model import LanguageModel, ModelUnavailableError
from include.monitoring import health
from include.monitoring.health import Component, Status, check, disks, record, worst
from include.rhythms.catalogue import BACKLOG_AGE, NIGHT
from include.settings import home, settings
from include.store.address import metadata_url
from include.store.programs import client_folder, run_program, server_major
from tests.conftest import World
from tests.ollama_server import ollama_server

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def looked(now: datetime = NOW) -> dict[str, Component]:
    return {component.name: component for component in check(configured_lake(), embedded_model, now)}


def gone(world: World) -> Lake:
    """A lake whose store is not there."""
    return Lake(world.url.replace("world_", "gone_"), str(world.folder), home().extensions)


def took_in(content: str, saved: datetime) -> None:
    """A memory that was taken in and is still waiting, as the models would have it."""
    with configured_lake().connect(threads=1) as lake:
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
        "audit": "healthy",
        **dict.fromkeys((rhythm.dag_id for rhythm in NIGHT), "idle"),
        "publishing": "healthy",
        "targets": "healthy",
        "language model": "healthy",
    }


def test_a_backlog_stalls_only_after_its_limit(world: World) -> None:
    took_in("Tea.", NOW - BACKLOG_AGE)
    assert (looked()["backlog"].status, looked()["backlog"].reason) == (
        "healthy",
        "1 memories wait, the oldest for 30 min",
    )
    assert looked(NOW + timedelta(seconds=1))["backlog"].status == "stalled"
    assert looked(NOW - timedelta(days=1))["backlog"].status == "idle"  # it lies in the future then


def test_what_was_given_up_is_told_by_task(world: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into control.answer_contracts values ('perceive', 'c', 'm', 'd', '1', null, null)")
        lake.execute(
            "insert into control.llm_failures select timestamptz '2026-03-04 09:00:00+00' + to_minutes(i), "
            "'perceive', 'c', 'h', 'r', 'invalid', 'attempt ' || i from range(1, 4) as t(i)"
        )
    failed = looked()["failed memories"]
    assert (failed.status, failed.reason) == ("degraded", "1 at perceive (last: attempt 3)")
    assert {name for name, component in looked().items() if component.status == "degraded"} == {
        "failed memories",
        "working_memory",
    }


def test_a_store_that_is_down_is_told_and_what_hangs_on_it_left_out(world: World) -> None:
    store, model = check(gone(world), embedded_model, NOW)
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

    *_, found = check(gone(world), model, NOW)
    assert (found.name, found.status) == ("language model", "down")
    assert str(error).splitlines()[0] in found.reason


def test_what_was_found_replaces_what_was_found_before(world: World) -> None:
    record(world.url, [Component("store", "down", "gone"), Component("lake", "healthy", "fine")], NOW)
    record(world.url, [Component("store", "healthy", "back")], NOW + timedelta(minutes=10))
    rows = world.store("SELECT component, status, reason, checked_at FROM codex_processed.health ORDER BY component")
    assert rows == [("lake", "healthy", "fine", NOW), ("store", "healthy", "back", NOW + timedelta(minutes=10))]
    alerts = dict(world.store("SELECT component, alert_level FROM codex_processed.memory_health"))
    assert alerts == {"lake": "ok", "store": "ok"}


def test_the_view_and_the_command_have_one_level_for_each_status(world: World) -> None:
    record(world.url, [Component(status, status, "looked at") for status in health.LEVELS], NOW)
    found = world.store("SELECT component, alert_level FROM codex_processed.memory_health")
    assert dict(found) == health.LEVELS


def test_a_status_that_does_not_exist_is_refused_by_the_store(world: World) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        record(world.url, [Component("store", "so so", "?")], NOW)  # type: ignore[arg-type]


class Airflow:
    """A metadata database of the world's own, with Airflow's real tables, in which a test says what happened."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = world.url
        metadata = metadata_url()
        assert metadata
        programs = client_folder(server_major(world.url))
        tables = [f"--table={table}" for table in ("job", "dag", "dag_run", "task_instance")]
        schema = run_program(programs, "pg_dump", ["--schema-only", "--section=pre-data", *tables], url=metadata)
        with psycopg.connect(world.url) as connection:
            connection.execute("\n".join(line for line in schema.splitlines() if not line.startswith("\\")))  # type: ignore[arg-type]
            connection.execute("SET search_path TO public")
            for table, column in connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
                "AND table_name IN ('job', 'dag', 'dag_run', 'task_instance') AND is_nullable = 'NO'"
            ).fetchall():
                connection.execute(f'ALTER TABLE "{table}" ALTER "{column}" DROP NOT NULL')  # type: ignore[arg-type]

    def beat(self, *jobs: str, at: datetime = NOW) -> None:
        for job in jobs:
            self.world.store(
                "INSERT INTO job (id, job_type, state, latest_heartbeat) VALUES (%s, %s, 'running', %s)",
                [abs(hash((job, at))) % 10**6, job, at],
            )

    def ran(
        self, dag_id: str, at: datetime, state: str = "success", failed: str | None = None, task_state: str = "failed"
    ) -> None:
        ended = None if state in {"running", "queued"} else at + timedelta(seconds=5)
        self.world.store(
            "INSERT INTO dag_run (id, dag_id, run_id, run_type, state, queued_at, start_date, end_date, run_after) "
            "VALUES (%s, %s, %s, 'scheduled', %s, %s, %s, %s, %s)",
            [abs(hash((dag_id, at))) % 10**6, dag_id, f"scheduled__{at}", state, at, at, ended, at],
        )
        if failed:
            self.world.store(
                "INSERT INTO task_instance (id, dag_id, run_id, task_id, state) VALUES "
                "(gen_random_uuid(), %s, %s, %s, %s)",
                [dag_id, f"scheduled__{at}", failed, task_state],
            )

    def planned(self, dag_id: str, due: datetime | None, *, paused: bool = False) -> None:
        self.world.store(
            "INSERT INTO dag (dag_id, is_paused, is_stale, next_dagrun_create_after) VALUES (%s, %s, false, %s)",
            [dag_id, paused, due],
        )

    def looked(self, now: datetime = NOW, *, lake: bool = True) -> dict[str, Component]:
        """With or without what hangs on the lake, which takes long to look at."""
        place = configured_lake() if lake else gone(self.world)
        found = check(place, embedded_model, now, metadata_url=self.url)
        return {component.name: component for component in found}


@pytest.fixture
def airflow(world: World) -> Airflow:
    made = Airflow(world)
    made.beat("SchedulerJob", "TriggererJob", "DagProcessorJob")
    return made


def test_a_scheduler_without_a_sign_of_life_is_down(airflow: Airflow) -> None:
    assert {airflow.looked(lake=False)[name].status for name in ("scheduler", "triggerer", "dag processor")} == {
        "healthy"
    }
    later = airflow.looked(NOW + timedelta(minutes=5), lake=False)
    assert (later["scheduler"].status, later["triggerer"].status) == ("down", "down")
    assert "5 min" in later["scheduler"].reason
    airflow.beat("SchedulerJob", at=NOW + timedelta(minutes=5))  # started again: an old job's silence does not count
    assert airflow.looked(NOW + timedelta(minutes=5), lake=False)["scheduler"].status == "healthy"


def test_a_service_that_never_ran_is_told_so(world: World) -> None:
    found = check(gone(world), embedded_model, NOW, metadata_url=world.url)  # no table of Airflow's in there
    assert "./codex up" in {component.name: component for component in found}["scheduler"].reason
    assert worst(found) == "critical"


def test_metadata_that_cannot_be_reached_is_told_of_the_scheduler(world: World) -> None:
    found = check(gone(world), embedded_model, NOW, metadata_url=gone(world).store_url)
    scheduler = {component.name: component for component in found}["scheduler"]
    assert (scheduler.status, "metadata can't be read" in scheduler.reason) == ("down", True)


def test_a_run_that_is_overdue_or_does_not_end_has_stalled(airflow: Airflow) -> None:
    airflow.planned("insights", NOW - timedelta(minutes=6))
    airflow.planned("deep_sleep", NOW - timedelta(minutes=40))
    airflow.planned("rem_sleep", NOW + timedelta(hours=9))
    airflow.ran("hippocampal_replay", NOW - timedelta(minutes=18), "running")
    airflow.ran("short_term_memory", NOW - timedelta(minutes=1), "running")
    found = airflow.looked()
    assert {name for name, component in found.items() if component.status == "stalled"} == {
        "deep_sleep",
        "hippocampal_replay",
    }
    assert "was due 40 min ago" in found["deep_sleep"].reason
    assert found["short_term_memory"].status == "healthy"


def test_where_the_scheduler_is_down_late_runs_are_its_fault_alone(airflow: Airflow) -> None:
    airflow.planned("deep_sleep", NOW - timedelta(minutes=40))
    found = airflow.looked(NOW + timedelta(hours=3))
    assert (found["scheduler"].status, found["deep_sleep"].status) == ("down", "idle")


@pytest.mark.parametrize(
    ("succeeded", "now", "status"),
    [
        (timedelta(minutes=29), NOW, "healthy"),
        (timedelta(minutes=31), NOW, "stalled"),
        (timedelta(hours=9), datetime(2026, 3, 4, 5, 20, tzinfo=UTC), "healthy"),  # 06:20 local: the day is young
        (timedelta(hours=9), datetime(2026, 3, 4, 2, tzinfo=UTC), "healthy"),  # asleep: the day's work waits
    ],
)
def test_work_that_waits_awake_without_a_run_that_succeeds_has_stalled(
    airflow: Airflow, succeeded: timedelta, now: datetime, status: Status
) -> None:
    airflow.beat("SchedulerJob", at=now)
    airflow.ran("insights", now - succeeded)
    took_in("Tea with Anna at noon, in the new kitchen.", now - timedelta(minutes=1))
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            "insert into working_memory.wm_admissions by name select memory_id, version_hash, 'unattended' as fate, "
            "'Tea with Anna.' as gist from staging.stg_codex_store__memories"
        )
    insights = airflow.looked(now)["insights"]
    assert (insights.status, insights.figures["waiting"]) == (status, 1)


def test_a_failed_run_degrades_its_stage_and_holds_publishing_back_until_one_succeeds(airflow: Airflow) -> None:
    airflow.ran("deep_sleep", NOW - timedelta(hours=1), "failed", failed="ltm_strength")
    found = airflow.looked()
    assert (found["deep_sleep"].status, found["publishing"].status) == ("degraded", "degraded")
    assert "ltm_strength" in found["publishing"].reason
    airflow.ran("deep_sleep", NOW - timedelta(minutes=30))
    found = airflow.looked()
    assert (found["deep_sleep"].status, found["publishing"].status) == ("idle", "healthy")


def test_a_table_that_an_audit_holds_back_is_told_with_the_reason(world: World) -> None:
    world.store(
        "INSERT INTO codex_processed.held_back (table_name, reason, run_id) "
        "VALUES ('semantic_memory', 'ltm_strength: in_range', 'run')"
    )
    publishing = looked()["publishing"]
    assert (publishing.status, publishing.figures["held"]) == ("degraded", 1)
    assert "ltm_strength: in_range" in publishing.reason


def test_a_run_that_failed_before_it_built_anything_holds_nothing_back(airflow: Airflow) -> None:
    airflow.ran("deep_sleep", NOW - timedelta(hours=1), "failed", failed="gate")
    found = airflow.looked()
    assert (found["deep_sleep"].status, found["publishing"].status) == ("degraded", "healthy")
    assert "failed at gate" in found["deep_sleep"].reason


def test_a_run_that_was_marked_as_failed_is_told_so(airflow: Airflow) -> None:
    airflow.ran("deep_sleep", NOW - timedelta(hours=1), "failed", "ltm_strength", "success")
    assert "was marked as failed, though no task of it failed" in airflow.looked()["deep_sleep"].reason


def test_a_target_that_is_missed_is_told_until_it_is_met(world: World) -> None:
    assert looked()["targets"].status == "healthy"
    world.store(
        "INSERT INTO codex_processed.sla_misses (kind, subject, run_id, target, message) "
        "VALUES ('deadline', 'deep_sleep', 'run', '30 min', 'deep_sleep is late')"
    )
    targets = looked()["targets"]
    assert (targets.status, targets.figures["missed"]) == ("degraded", 1)
    assert "deep_sleep is late" in targets.reason
    world.store("UPDATE codex_processed.sla_misses SET recovered_at = now()")
    assert looked()["targets"].status == "healthy"


def test_a_paused_rhythm_is_degraded(airflow: Airflow) -> None:
    airflow.planned("rem_sleep", NOW - timedelta(days=3), paused=True)
    assert (airflow.looked()["rem_sleep"].status, "paused" in airflow.looked()["rem_sleep"].reason) == (
        "degraded",
        True,
    )


def test_a_night_went_well_when_all_its_rhythms_did(airflow: Airflow) -> None:
    assert airflow.looked(lake=False)["last night"].status == "idle"
    asleep = datetime(2026, 3, 3, 0, tzinfo=UTC)  # 01:00 local, the night of the 2nd
    for dag_id in ("hippocampal_replay", "deep_sleep", "rem_sleep"):
        airflow.ran(dag_id, asleep)
    one_night = airflow.looked(NOW - timedelta(days=1), lake=False)["last night"]
    assert (one_night.status, str(one_night.figures["last_successful_night"])) == ("healthy", "2026-03-02")
    assert (
        airflow.looked(NOW + timedelta(days=1), lake=False)["last night"].status == "degraded"
    )  # two nights without any
    for dag_id in ("hippocampal_replay", "deep_sleep"):
        airflow.ran(dag_id, asleep + timedelta(days=1))
    airflow.ran("rem_sleep", asleep + timedelta(days=1), "failed", failed="rem_pairs")
    bad_night = airflow.looked(lake=False)["last night"]
    assert (bad_night.status, str(bad_night.figures["last_successful_night"])) == ("degraded", "2026-03-02")
    assert "the night of 2026-03-03 failed at rem_sleep" in bad_night.reason
    airflow.ran("rem_sleep", asleep + timedelta(days=1, hours=1))  # made up for by a later cycle
    assert airflow.looked(lake=False)["last night"].status == "healthy"


@pytest.mark.integration
def test_runs_of_the_real_rhythms_are_found_in_the_real_metadata(world: World) -> None:
    world.run_dags("working", as_of=datetime.now(UTC))
    components = check(configured_lake(), embedded_model, metadata_url=metadata_url())
    found = {component.name: component for component in components}
    assert found["working_memory"].figures["last_success"] >= datetime.now(UTC) - timedelta(minutes=5)


def test_an_ollama_that_is_away_is_down_and_never_replaced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.language_model.choice import configured_model

    with ollama_server() as server:
        monkeypatch.setenv("OLLAMA_URL", server.url)
    settings.cache_clear()
    *_, model = check(gone(world), lambda: configured_model(settings()), NOW)
    settings.cache_clear()
    assert (model.name, model.status) == ("language model", "down")
    assert "does not answer" in model.reason


def test_a_model_that_says_nothing_holds_nothing_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    released = threading.Event()

    def model() -> LanguageModel:
        released.wait(30)
        raise ModelUnavailableError("too late")

    monkeypatch.setattr(health, "MODEL_TIMEOUT_SECONDS", 0.1)
    *_, found = check(gone(world), model, NOW)
    released.set()
    assert (found.status, found.reason) == ("down", "It did not answer within 0.1 s")


def test_a_disk_that_fills_is_told_before_it_is_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def free(size: int) -> Component:
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _: _Usage(100 * 1024**3, size))
        places = disks(world.folder, str(world.folder / "lake"))
        return check(gone(world), embedded_model, NOW, disks=places)[-1]

    assert free(50 * 1024**3).status == "healthy"
    assert free(1024**3).status == "degraded"
    assert (free(1024**2).name, free(1024**2).status) == ("disk", "down")


class _Usage:
    def __init__(self, total: int, free: int) -> None:
        self.total, self.free = total, free


@pytest.mark.parametrize(
    ("statuses", "level", "code"),
    [
        ((), "ok", 0),
        (("healthy", "idle"), "ok", 0),
        (("idle", "degraded"), "warning", 1),
        (("degraded", "stalled"), "critical", 2),
    ],
)
def test_the_worst_part_decides_the_exit_code(statuses: tuple[Status, ...], level: str, code: int) -> None:
    found = worst([Component(f"part {number}", status, "") for number, status in enumerate(statuses)])
    assert (found, health.EXIT_CODES[found]) == (level, code)
