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

INVOICE, AGAIN, DENTIST, CLASH, FILTER, PLAIN, SENT, LILAC, GREY = (UUID(int=number) for number in range(1, 10))
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

    # After some days the owner is asked about it.
    asked = "SELECT kind, question, memory_ids, settled_at::date FROM codex_processed.questions"
    assert world.store(asked) == []
    assert waiting("2026-03-10T06:00+01:00") > 0
    world.run("deep_sleep", as_of="2026-03-10T06:00+01:00")
    question = "What became of this: send her the invoice (for Anna, due 2026-03-06)?"
    assert world.store(asked) == [("fate", question, [INVOICE, AGAIN], None)]

    # A later note says that it is done; nothing else is heard of the rest.
    world.remember([{"id": SENT, "content": "Sent Anna the invoice.", "created_at": "2026-03-11T09:00"}])
    world.run("all", as_of="2026-03-12T05:00+01:00")
    assert states(world) == {INVOICE: "done", DENTIST: "done", CLASH: "done", FILTER: "open"}
    closed = "SELECT closed_by, closed_at::date FROM codex_processed.commitments WHERE closed_by IS NOT NULL"
    assert world.store(closed) == [(SENT, date(2026, 3, 11))]
    assert world.store(asked) == [("fate", question, [INVOICE, AGAIN], date(2026, 3, 11))]
    assert waiting("2026-03-12T05:00+01:00") == 0
    world.run("deep_sleep", as_of="2026-08-01T06:00+02:00")
    assert states(world) == {INVOICE: "done", DENTIST: "done", CLASH: "done", FILTER: "dropped"}


def test_what_is_forgotten_takes_its_commitments_along(world: World) -> None:
    world.remember(NOTES)
    world.run("all", as_of="2026-03-04T23:50+01:00")
    forget(configured_lake(), [DENTIST, INVOICE], owned=True)
    assert set(states(world)) == {CLASH, FILTER}
    assert world.lake("select count(*) from threads.note_commitments where phrase ilike '%zahnarzt%'") == [(0,)]
    world.run("all", as_of="2026-03-05T05:00+01:00")
    assert set(states(world)) == {AGAIN, CLASH, FILTER}  # the other note still says so


def test_a_change_of_mind_is_told_with_both_notes_and_asked_once(world: World) -> None:
    notes = [
        {"id": LILAC, "content": "I love Earl Grey in the morning, it calms me.", "created_at": "2026-03-03T09:00"},
        {"id": PLAIN, "content": "The heron stood in the rain all morning.", "created_at": "2026-03-03T13:00"},
        {"id": GREY, "content": "Went off Earl Grey, it tastes like soap now.", "created_at": "2026-03-04T09:00"},
    ]
    world.remember(notes)
    world.run("all", as_of="2026-03-05T05:00+01:00")
    told = "SELECT earlier_id, later_id, before, after, changed_at::date FROM codex_processed.changes_of_mind"
    assert world.store(told) == [(LILAC, GREY, notes[0]["content"], notes[2]["content"], date(2026, 3, 4))]
    asked = "select count(*) from control.llm_calls where task = 'relate'"
    [(before,)] = world.lake(asked)
    world.run("all", as_of="2026-03-06T05:00+01:00")
    assert world.lake(asked) == [(before,)]

    forget(configured_lake(), [LILAC], owned=True)
    assert world.store(told) == []
    assert world.lake(
        "select count(*) from threads.note_relations where cast(relations as varchar) like '%calms%'"
    ) == [(0,)]
    world.run("all", as_of="2026-03-07T05:00+01:00")
    assert world.store(told) == []
