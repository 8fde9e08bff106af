"""Commitments from note to state: opened, due, late, lapsed, named again, clashing, forgotten; by the real rhythms."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from include.curation.forget import forget
from include.lake.connection import configured_lake
from include.parameters import parameters
from include.rhythms.catalogue import DEEP_SLEEP
from include.rhythms.clock import read_clock
from include.rhythms.gates import pending
from include.rhythms.sleep_plan import SleepPlan
from tests.conftest import ZONE, World

INVOICE, AGAIN, DENTIST, CLASH, FILTER, PLAIN = (UUID(int=number) for number in range(1, 7))
NOTES = [
    {"id": INVOICE, "content": "I promised Anna I'd send her the invoice by Friday.", "created_at": "2026-03-03T09:00"},
    {"id": AGAIN, "content": "Still have to send Anna the invoice!", "created_at": "2026-03-04T18:00"},
    {"id": DENTIST, "content": "Zahnarzt am Donnerstag um 14:30", "created_at": "2026-03-03T10:00"},
    {"id": CLASH, "content": "Meeting with Ben on Thursday at 14:30.", "created_at": "2026-03-03T11:00"},
    {"id": FILTER, "content": "Need to order new filters for the hood.", "created_at": "2026-03-03T12:00"},
    {"id": PLAIN, "content": "The heron stood in the rain all morning.", "created_at": "2026-03-03T13:00"},
]


def states(world: World) -> dict[UUID, str]:
    return dict(world.store("SELECT opened_by, state FROM codex_processed.commitments"))


def waiting(as_of: str) -> int:
    instant = datetime.fromisoformat(as_of)
    plan = SleepPlan.of(parameters(), ZoneInfo(ZONE))
    clock = read_clock(DEEP_SLEEP.dag_id, "asked", plan, trigger="manual", run_after=instant, given={}, wake_ups=[])
    return pending(configured_lake(), clock).count


def test_a_commitment_lives_through_its_states(world: World) -> None:
    world.remember(NOTES)
    world.run("all", as_of="2026-03-04T23:50+01:00")
    assert states(world) == dict.fromkeys((INVOICE, DENTIST, CLASH, FILTER), "open")
    [(what, who, to_whom, due, sources)] = world.store(
        "SELECT what, who, to_whom, due_date, memory_ids FROM codex_processed.commitments WHERE opened_by = %s",
        [INVOICE],
    )
    assert (what, who, to_whom, due) == ("send her the invoice", "me", "Anna", date(2026, 3, 6))
    assert sources == [INVOICE, AGAIN]  # named again, so there is one
    clashing = "SELECT opened_by FROM codex_processed.commitments WHERE clashes_with <> '{}' ORDER BY 1"
    assert world.store(clashing) == [(DENTIST,), (CLASH,)]

    # Nothing waits until a day has come; then the appointment is over, and a day later the promise is late.
    assert waiting("2026-03-05T14:00+01:00") == 0
    assert waiting("2026-03-05T15:00+01:00") > 0
    world.run("deep_sleep", as_of="2026-03-07T06:00+01:00")
    assert states(world) == {INVOICE: "late", DENTIST: "done", CLASH: "done", FILTER: "open"}
    assert waiting("2026-03-07T06:00+01:00") == 0
    world.run("deep_sleep", as_of="2026-08-01T06:00+02:00")
    assert states(world) == {INVOICE: "dropped", DENTIST: "done", CLASH: "done", FILTER: "dropped"}


def test_what_is_forgotten_takes_its_commitments_along(world: World) -> None:
    world.remember(NOTES)
    world.run("all", as_of="2026-03-04T23:50+01:00")
    forget(configured_lake(), [DENTIST, INVOICE], owned=True)
    assert set(states(world)) == {CLASH, FILTER}
    assert world.lake("select count(*) from threads.note_commitments where phrase ilike '%zahnarzt%'") == [(0,)]
    world.run("all", as_of="2026-03-05T05:00+01:00")
    assert set(states(world)) == {AGAIN, CLASH, FILTER}  # the other note still says so
