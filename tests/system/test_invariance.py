"""A month of notes, lived through by the real DAGs: the same notes give the same memory, however they came in.

One world is made by Airflow's tasks, the others by the same steps in a warm process: their exports are the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from tests.conftest import ZONE, World, new_world

NIGHT = "2026-03-30T03:00:00+02:00"
NEXT_NIGHT = "2026-03-31T03:00:00+02:00"
Notes = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Lived:
    """What was there after a night, and after the same night again."""

    fates: dict[str, int]
    export: bytes
    export_after_rerun: bytes
    asked: int
    asked_by_rerun: int
    deleted: str
    export_after_deletion: bytes


def at_once(world: World, notes: Notes, *, night: str) -> bytes:
    """Save all and sleep: every task of every DAG, as Airflow runs it."""
    world.remember(notes)
    world.run_dags("all", as_of=night)
    return world.export()


def in_parts(world: World, parts: Sequence[Notes], *, night: str, awake_at: Sequence[str]) -> bytes:
    """Save part by part, with waking runs after each; then sleep. In one warm process, without Airflow's tasks."""
    for part, as_of in zip(parts, awake_at, strict=True):
        world.remember(part)
        world.run("working", "insights", "short_term", "hippocampal", as_of=as_of, asleep=False)
    world.run("all", as_of=night)
    return world.export()


def questions(world: World) -> int:
    return int(world.lake("select count(*) from control.llm_calls")[0][0])


@pytest.fixture(scope="module")
def notes() -> Notes:
    return month(date(2026, 3, 30), ZoneInfo(ZONE))[:60]


@pytest.fixture(scope="module")
def lived(installation: Path, notes: Notes, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    with new_world(installation, tmp_path_factory.mktemp("once")) as world:
        export = at_once(world, notes, night=NIGHT)
        asked = questions(world)
        world.run("all", as_of=NIGHT)
        fates = dict(world.lake("select status, count(*) from control.processing_state group by status"))
        again, asked_again = world.export(), questions(world) - asked
        [[deleted]] = world.store(
            "SELECT memory_a FROM codex_processed.associations GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        )
        world.store("DELETE FROM public.memories WHERE id = %s", [deleted])
        world.run("all", as_of=NEXT_NIGHT)
        return Lived(fates, export, again, asked, asked_again, str(deleted), world.export())


def test_every_memory_has_a_fate_and_much_is_learned(lived: Lived, notes: Notes) -> None:
    assert sum(lived.fates.values()) == len({note["content"] for note in notes})
    assert set(lived.fates) <= {"attended", "unattended"}
    kinds = {json.loads(line)["kind"] for line in lived.export.splitlines()}
    of_one, of_several = {"memory", "insight", "knowledge"}, {"episode", "association", "thread", "change", "dream"}
    assert kinds == of_one | of_several | {"commitment", "question"}
    assert lived.asked > 0


def test_the_same_night_again_changes_nothing_and_asks_nothing(lived: Lived) -> None:
    assert lived.export_after_rerun == lived.export
    assert lived.asked_by_rerun == 0


def test_a_deleted_memory_takes_along_what_came_of_it_alone(lived: Lived, notes: Notes) -> None:
    assert lived.deleted.encode() in lived.export
    assert lived.deleted.encode() not in lived.export_after_deletion
    memories = [line for line in lived.export_after_deletion.splitlines() if json.loads(line)["kind"] == "memory"]
    assert len(memories) == len({note["content"] for note in notes}) - 1


def test_parts_with_waking_runs_between_give_what_one_load_gives(
    installation: Path, tmp_path: Path, lived: Lived, notes: Notes
) -> None:
    # Not in the order of their time: an import of older notes comes last.
    parts = [notes[25:], notes[:25]]
    awake_at = ["2026-03-20T12:00:00+01:00", "2026-03-29T21:30:00+02:00"]
    with new_world(installation, tmp_path) as world:
        assert in_parts(world, parts, night=NIGHT, awake_at=awake_at) == lived.export


@pytest.mark.soak
@pytest.mark.real_notes
@pytest.mark.timeout(3600)
def test_eleven_years_of_real_notes_in_parts_and_at_once(installation: Path, tmp_path: Path, real_notes: Notes) -> None:
    night = "2026-11-20T03:00:00+01:00"
    third = len(real_notes) // 3
    parts = [real_notes[:third], real_notes[third : 2 * third], real_notes[2 * third :]]
    awake_at = ["2026-11-19T12:00:00+01:00", "2026-11-19T15:00:00+01:00", "2026-11-19T18:00:00+01:00"]
    exports = []
    for name in ("once", "again"):
        with new_world(installation, tmp_path / name) as world:
            exports.append(at_once(world, real_notes, night=night))
    with new_world(installation, tmp_path / "parts") as world:
        exports.append(in_parts(world, parts, night=night, awake_at=awake_at))
    assert exports[0].count(b"\n") > 10_000
    assert exports[1] == exports[0]
    assert exports[2] == exports[0]
