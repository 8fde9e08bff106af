"""What a night replays of what is old: in proportion to what is new; by the real model."""

from __future__ import annotations

from include.dbt_project.project import run_dbt
from include.lake.connection import configured_lake
from tests.conftest import World

OLD = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(1, 41)]
NEW = [f"{number:08d}-0000-4000-9000-000000000000" for number in range(1, 8)]


def insert(table: str, memories: list[str], columns: str) -> None:
    """A row for each memory, with the same in all other columns."""
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            f"insert into {table} by name select unnest(cast(? as uuid[])) as memory_id, {columns}", [memories]
        )


def laid_down(memories: list[str]) -> None:
    """Traces that are ready for replay."""
    insert(
        "short_term.stm_traces",
        memories,
        "'h' as version_hash, date '2026-02-27' as waking_day, timestamptz '2026-02-27 09:00:00+00' as ready_at, "
        "0.8 as encoding_strength, 0 as coactivations",
    )


def replayed_before(memories: list[str]) -> None:
    """Often enough, two nights ago, to be consolidated."""
    insert(
        "consolidation.replay_events",
        memories,
        "'asleep' as phase, date '2026-02-27' as night, 1 as cycle, 10 as repetitions, 1 as beat, "
        "timestamptz '2026-02-28 01:00:00+00' as event_at",
    )


def planned(world: World) -> tuple[int, int]:
    """Replays of what is new, and of what is old, in a whole night."""
    world.fall_asleep(beat=2, cycle=1, slow_wave_until=1.0)
    run_dbt(["run", "--select", "replay_due", "replay_plan"])
    [[new, old]] = world.lake(
        "select coalesce(sum(repetitions) filter (where not is_old), 0), "
        "coalesce(sum(repetitions) filter (where is_old), 0) from consolidation.replay_plan where phase = 'asleep'"
    )
    return int(new), int(old)


def test_a_night_in_which_nothing_is_new_replays_nothing_old(world: World) -> None:
    laid_down(OLD)
    replayed_before(OLD)
    assert planned(world) == (0, 0)


def test_three_of_ten_replays_are_of_what_is_old(world: World) -> None:
    laid_down([*OLD, *NEW])
    replayed_before(OLD)
    new, old = planned(world)
    assert new >= len(NEW)
    assert old == round(new * 0.3 / 0.7)


def test_the_gate_counts_what_a_first_night_replays(world: World) -> None:
    laid_down(NEW)
    replayed_before([])
    world.fall_asleep(beat=2, cycle=1, slow_wave_until=1.0)
    due = "select count(*) filter (where due_awake), count(*) filter (where due_asleep) from consolidation.replay_due"
    assert world.lake(due) == [(len(NEW), len(NEW))]
    run_dbt(["run", "--select", "replay_due", "replay_plan"])
    planned_for = "select phase, count(distinct memory_id) from consolidation.replay_plan group by phase order by phase"
    assert world.lake(planned_for) == [("asleep", len(NEW)), ("awake", len(NEW))]
