"""The same notes give the same memory, however and wherever they came in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from tests.conftest import ZONE, World, new_world

NIGHT = "2026-03-30T03:00:00+02:00"


def in_parts(world: World, parts: list[list[dict[str, Any]]], *, night: str, awake_at: list[str]) -> bytes:
    """Save part by part, with waking runs after each; then sleep."""
    for part, as_of in zip(parts, awake_at, strict=True):
        world.remember(part)
        world.run("working", "insights", "short_term", "hippocampal", as_of=as_of, asleep=False)
    world.run("all", as_of=night)
    return world.export()


def at_once(world: World, notes: list[dict[str, Any]], *, night: str) -> bytes:
    world.remember(notes)
    world.run("all", as_of=night)
    return world.export()


def test_parts_with_waking_runs_between_give_what_one_load_gives(installation: Path, tmp_path: Path) -> None:
    notes = month(date(2026, 3, 30), ZoneInfo(ZONE))[:75]
    # Not in the order of their time: an import of older notes comes last.
    parts = [notes[20:55], notes[55:], notes[:20]]
    awake_at = ["2026-03-20T12:00:00+01:00", "2026-03-29T21:00:00+02:00", "2026-03-29T21:30:00+02:00"]
    with new_world(installation, tmp_path / "once") as world:
        once = at_once(world, notes, night=NIGHT)
    with new_world(installation, tmp_path / "parts") as world:
        parted = in_parts(world, parts, night=NIGHT, awake_at=awake_at)
    assert once.count(b"\n") > 200
    assert parted == once


@pytest.mark.soak
@pytest.mark.real_notes
@pytest.mark.timeout(3600)
def test_eleven_years_of_real_notes_in_parts_and_at_once(
    installation: Path, tmp_path: Path, real_notes: list[dict[str, Any]]
) -> None:
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
