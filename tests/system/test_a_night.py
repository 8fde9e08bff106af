"""A month of notes, lived through by the real DAGs in this process."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from tests.conftest import ZONE, World

NIGHT = "2026-03-30T03:00:00+02:00"


@pytest.fixture
def notes() -> list[dict[str, object]]:
    return month(date(2026, 3, 30), ZoneInfo(ZONE))


def test_a_month_becomes_knowledge(world: World, notes: list[dict[str, object]]) -> None:
    world.remember(notes[:60])
    world.run("all", as_of=NIGHT)

    fates = dict(world.lake("select status, count(*) from control.processing_state group by status"))
    assert sum(fates.values()) == world.store("SELECT count(*) FROM public.memories")[0][0]
    assert set(fates) <= {"attended", "unattended"}
    before = world.export()
    assert before
    world.run("all", as_of=NIGHT)
    assert world.export() == before
