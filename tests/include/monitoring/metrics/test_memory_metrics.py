"""`metrics`: what memory holds and what its nights did, on a real lake."""

from __future__ import annotations

from datetime import UTC, date, datetime

from include.lake.connection import configured_lake
from include.monitoring.metrics import read_metrics
from tests.conftest import World

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
NIGHTS = """
    insert into consolidation.replay_events by name
    select
        uuid() as memory_id, null::uuid as partner_id, 'asleep' as phase, night, 1 as cycle, repetitions, is_old,
        night + interval 26 hour as event_at
    from (values (date '2026-03-01', 5, false), (date '2026-03-03', 3, false), (date '2026-03-03', 1, true))
        as replays (night, repetitions, is_old)
"""
KNOWN = """
    insert into long_term.ltm_semantic_network by name
    select uuid() as memory_id, 'On Monday.' as semantic_gist, [] as patterns, [] as insights
"""


def test_an_empty_memory_has_stages_and_checks_and_no_night(world: World) -> None:
    found = read_metrics(configured_lake(), "24h", NOW)["memory"]
    assert [stage["stage"] for stage in found["stages"]] == [
        "working_memory",
        "short_term",
        "consolidation",
        "long_term",
    ]
    assert {stage["current_count"] for stage in found["stages"]} == {0}
    assert found["nights"] == []
    assert {check["failure_count"] for check in found["checks"]} == {0}


def test_the_nights_of_the_period_and_the_gists_that_fail_are_counted(world: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute(NIGHTS)
        lake.execute(KNOWN)
    found = read_metrics(configured_lake(), "2d", NOW)["memory"]
    [night] = found["nights"]
    assert night["night"] == date(2026, 3, 3)
    assert (night["memories_replayed"], night["replays"], night["old_share"], night["dreams"]) == (2, 4, 0.25, 0)
    failures = {check["check_name"]: check["failure_count"] for check in found["checks"]}
    assert failures["gist names a day or a date"] == failures["gist is too brief"] == 1
