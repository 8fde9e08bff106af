"""A missed target is one row and one notice, however often it is looked at; so is that it is met again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.monitoring.slas.episodes import Notice, Reading, judge
from tests.conftest import World

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SLOW = Reading("performance", "enrichment", "300 ms", "it took 450 ms", "150 ms", "the model's server")
FAST = replace(SLOW, measured="it took 200 ms", over=None)


def judged(world: World, reading: Reading, minutes: int = 0) -> Notice | None:
    with psycopg.connect(world.url) as store:
        return judge(store, reading, NOON + timedelta(minutes=minutes))


def episodes(world: World) -> list[tuple[Any, ...]]:
    return world.store("SELECT kind, subject, missed_at, recovered_at FROM codex_processed.sla_misses ORDER BY id")


def test_an_episode_is_one_row_and_two_notices(world: World) -> None:
    assert judged(world, FAST) is None
    missed = judged(world, SLOW, 1)
    assert missed is not None
    assert missed.text == (
        "Missed: enrichment (performance): it took 450 ms, 150 ms over (target: 300 ms), "
        "since 2026-03-04 12:01:00 UTC. Look at the model's server."
    )
    assert judged(world, SLOW, 2) is None
    recovered = judged(world, FAST, 3)
    assert recovered is not None
    assert recovered.text == (
        "Recovered: enrichment (performance), missed since 2026-03-04 12:01:00 UTC: it took 200 ms (target: 300 ms)."
    )
    assert judged(world, FAST, 4) is None
    minute = timedelta(minutes=1)
    assert episodes(world) == [("performance", "enrichment", NOON + minute, NOON + 3 * minute)]


def test_targets_have_episodes_of_their_own(world: World) -> None:
    assert judged(world, SLOW)
    assert judged(world, replace(SLOW, subject="consolidation cycle"))
    assert judged(world, replace(SLOW, kind="backlog"))
    assert judged(world, FAST, 1)
    assert [row[3] is None for row in episodes(world)] == [False, True, True]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.booleans(), max_size=20))
def test_there_are_as_many_rows_as_times_that_it_became_slow(world: World, slow: list[bool]) -> None:
    world.store("DELETE FROM codex_processed.sla_misses")
    told = [
        notice.state
        for minute, is_slow in enumerate(slow)
        if (notice := judged(world, SLOW if is_slow else FAST, minute))
    ]
    began = sum(now and not before for before, now in zip([False, *slow], slow, strict=False))
    assert told == (["missed", "recovered"] * began)[: 2 * began - (bool(slow) and slow[-1])]
    assert len(episodes(world)) == began


def test_of_many_that_look_at_once_one_tells(world: World) -> None:
    notices: list[Notice | None] = []
    start = threading.Barrier(8)

    def look() -> None:
        start.wait()
        notices.append(judged(world, SLOW))

    lookers = [threading.Thread(target=look) for _ in range(8)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert sum(notice is not None for notice in notices) == 1
    assert len(notices) == 8
    assert len(episodes(world)) == 1
