"""What is ahead is told before anything is asked: every note is counted once, or skipped with a reason."""

from __future__ import annotations

from datetime import UTC, datetime

from include.lake.connection import configured_lake
from include.monitoring.plan import plan
from include.store.connection import connect
from tests.conftest import World
from tests.include.cli.conftest import run_codex

NOTES = [
    {"content": "The release failed because the cache was cold.", "created_at": "2026-03-04T09:00"},
    {"content": "Decided with Anna to release on Friday.", "created_at": "2026-03-05T09:00"},
    {"content": "The heron stood in the rain all morning.", "created_at": "2025-03-05T13:00"},
]


def test_every_note_is_counted_once(world: World) -> None:
    world.remember(NOTES)
    world.store("INSERT INTO public.memories (id, content, created_at) VALUES (gen_random_uuid(), ' ', '2026-03-05')")
    with connect(world.url) as store:
        whole = plan(store, configured_lake(), "some model")
        recent = plan(store, configured_lake(), "some model", since=datetime(2026, 1, 1, tzinfo=UTC), seconds_a_call=2)
    assert (whole.notes, whole.skipped) == (3, {"too short": 1})
    assert (recent.notes, recent.skipped) == (2, {"older": 1, "too short": 1})
    assert recent.calls == sum(task.calls for task in recent.tasks) < whole.calls
    assert round(recent.hours * 3600, 6) == 2 * recent.calls
    assert not any(task.is_measured for task in whole.tasks)

    world.run("working", as_of="2026-03-06T06:00+01:00")
    told = run_codex("plan", "--json").json
    assert (told["notes"], told["skipped"]["known already"]) == (0, 3)
    assert told["calls"] == 0
