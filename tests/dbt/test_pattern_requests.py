"""What is asked about a consolidated memory, and when it is asked again; by the real model."""

from __future__ import annotations

import json
from typing import Any

from include.dbt_project.project import run_dbt
from include.lake.connection import configured_lake
from tests.conftest import World

NEW, REPLAYED, SETTLED, ASSOCIATE = (f"{number:08d}-0000-4000-8000-000000000000" for number in range(1, 5))
TONIGHT = 7


def laid_down() -> None:
    """Three consolidated memories: one that nobody looked through yet, one replayed since, one that was not."""
    with configured_lake().connect(threads=1) as lake:
        for memory in (NEW, REPLAYED, SETTLED, ASSOCIATE):
            lake.execute(
                "insert into staging.stg_codex_store__memories by name select cast(? as uuid) as memory_id, "
                "timestamptz '2026-03-01 09:00:00+00' as created_at, 'text' as content, true as is_current, "
                "false as is_deleted, 'h' as version_hash",
                [memory],
            )
            lake.execute(
                "insert into short_term.stm_traces by name select cast(? as uuid) as memory_id, 'h' as version_hash, "
                "'gist' as gist, timestamptz '2026-03-01 09:00:00+00' as event_at",
                [memory],
            )
        for memory, replayed, asked in ((NEW, TONIGHT, None), (REPLAYED, TONIGHT - 1, 3), (SETTLED, 2, 3)):
            lake.execute(
                "insert into consolidation.trace_strength by name select cast(? as uuid) as memory_id, "
                "timestamptz '2026-03-01 22:00:00+00' as consolidated_at",
                [memory],
            )
            lake.execute(
                "insert into consolidation.replay_events by name select cast(? as uuid) as memory_id, ? as beat",
                [memory, replayed],
            )
            if asked is not None:
                lake.execute(
                    "insert into consolidation.memory_replay by name select cast(? as uuid) as memory_id, "
                    "'h' as version_hash, ? as beat",
                    [memory, asked],
                )


def asked_about(world: World, cycle: int, slow_wave_until: float) -> dict[str, Any]:
    """What the model asks in a cycle of the night: memory id → input."""
    world.fall_asleep(beat=TONIGHT, cycle=cycle, slow_wave_until=slow_wave_until)
    run_dbt(["run", "--select", "pattern_requests"])
    rows = world.lake("select cast(memory_id as varchar), input from consolidation.pattern_requests")
    return {memory: json.loads(question) for memory, question in rows}


def test_what_is_new_is_asked_about_at_once_and_what_was_replayed_when_slow_waves_are_over(world: World) -> None:
    laid_down()
    assert set(asked_about(world, 2, 0.7)) == {NEW}
    assert set(asked_about(world, 5, 1.0)) == {NEW, REPLAYED}
    # Where the night's last cycle was missed, the next run by day asks.
    assert set(asked_about(world, 0, 1.0)) == {NEW, REPLAYED}


def test_a_link_that_grows_a_little_is_no_new_question(world: World) -> None:
    laid_down()
    asked = []
    with configured_lake().connect(threads=1) as lake:
        for weight in (0.35, 0.6, 0.7, 1.0):
            lake.execute("delete from consolidation.memory_associations")
            lake.execute(
                "insert into consolidation.memory_associations by name select cast(? as uuid) as memory_a, "
                "cast(? as uuid) as memory_b, ? as weight",
                [NEW, ASSOCIATE, weight],
            )
            asked.append(asked_about(world, 1, 0.4)[NEW]["associated"])
    assert asked[0] == asked[1] == [{"gist": "gist", "strength": 0.5}]
    assert asked[2] == asked[3] == [{"gist": "gist", "strength": 0.8}]
