"""What is kept of answers, and for how long, on a real lake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from include.lake.connection import configured_lake
from include.language_model.retention import drop_unused
from tests.conftest import World

NOW = datetime(2026, 9, 1, tzinfo=UTC)
OLD, RECENT = NOW - timedelta(days=100), NOW - timedelta(days=10)
HERE, GONE = UUID(int=1), UUID(int=2)


def test_what_a_present_memory_needs_is_kept_and_the_rest_goes_by_its_last_use(world: World) -> None:
    world.remember([{"id": str(HERE), "content": "Turns out the cache was cold.", "created_at": "2026-03-04T09:00:00"}])
    world.run("working", as_of="2026-03-04T12:00:00+01:00")
    [(present,)] = world.lake("select contract from control.answer_contracts where task = 'perceive'")
    rows = {  # input hash → (contract, request id, last use)
        "present, unused, memory is there": (present, f"{HERE}/perceive", OLD),
        "present, unused, memory is one of two": (present, f"{GONE}+{HERE}/dream", OLD),
        "present, unused, memory is gone": (present, f"{GONE}/perceive", OLD),
        "former, unused": ("former", f"{HERE}/perceive", OLD),
        "former, used of late": ("former", f"{HERE}/perceive", RECENT),
    }
    with configured_lake().connect(threads=1) as lake:
        for input_hash, (contract, request_id, used_at) in rows.items():
            lake.execute(
                "insert into control.llm_responses values (?, ?, 'perceive', 'm', 'd', '1', '{}', ?)",
                [contract, input_hash, OLD],
            )
            for outcome, at in (("answered", OLD), ("hit", used_at)):
                lake.execute(
                    "insert into control.llm_calls (called_at, run_id, task, request_id, contract, input_hash, model, "
                    "outcome) values (?, 'run', 'perceive', ?, ?, ?, 'm', ?)",
                    [at, request_id, contract, input_hash, outcome],
                )
    kept = "select input_hash from control.llm_responses where model = 'm' order by input_hash"
    dropped = drop_unused(configured_lake(), NOW)
    assert (dropped.answers, dropped.vectors) == (2, 0)
    assert [row[0] for row in world.lake(kept)] == [
        "former, used of late",
        "present, unused, memory is one of two",
        "present, unused, memory is there",
    ]
    assert dropped.calls == 6  # both of what went, and the old hits of what is kept
    assert drop_unused(configured_lake(), NOW).answers == 0
    assert world.lake("select count(*) from working_memory.wm_admissions where fate = 'attended'") == [(1,)]
