"""Nights lived cycle by cycle on the real pipeline: missed ones are made up, repeated ones add nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from include.parameters import parameters
from include.rhythms.catalogue import (
    DEEP_SLEEP,
    HIPPOCAMPAL_REPLAY,
    REM_SLEEP,
    SHORT_TERM_MEMORY,
    WORKING_MEMORY,
    Rhythm,
)
from include.rhythms.sleep_plan import SleepPlan
from include.runs.warm_rhythms import WarmRhythms
from tests.conftest import ZONE, World, new_world, warm_rhythms

pytestmark = pytest.mark.soak  # many runs of the whole pipeline

DAY = timedelta(days=1)
FIRST = date(2026, 3, 11)
PLAN = SleepPlan.of(parameters(), ZoneInfo(ZONE))
Beats = Sequence[tuple[Rhythm, datetime]]


@contextmanager
def warm_world(installation: Path, folder: Path) -> Iterator[tuple[World, WarmRhythms]]:
    """A world with the notes of some days in its store."""
    notes = month(date(2026, 3, 30), ZoneInfo(ZONE))[:60]
    with new_world(installation, folder) as world, warm_rhythms(published=False) as warm:
        world.remember(notes)
        yield world, warm


def waking(night: date) -> Beats:
    bedtime = PLAN.cycle_start(night, 1) - timedelta(minutes=1)
    return [(rhythm, bedtime) for rhythm in (WORKING_MEMORY, SHORT_TERM_MEMORY, HIPPOCAMPAL_REPLAY)]


def asleep(night: date, cycles: Sequence[int] = (1, 2, 3, 4, 5)) -> Beats:
    return [(HIPPOCAMPAL_REPLAY, PLAN.cycle_start(night, cycle)) for cycle in cycles]


def live(warm: WarmRhythms, beats: Beats) -> None:
    for rhythm, instant in beats:
        warm.run(rhythm, instant)


def replays(world: World, night: date) -> dict[Any, int]:
    """How often each new memory was replayed in a night."""
    return dict(
        world.lake(
            "select memory_id, sum(repetitions) from consolidation.replay_events "
            "where phase = 'asleep' and partner_id is null and not is_old and night = ? group by all",
            [night],
        )
    )


@pytest.fixture(scope="module")
def slept(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, dict[Any, int]]]:
    """A world after a whole night, cycle by cycle, and how often each memory was replayed in it."""
    with warm_world(installation, tmp_path_factory.mktemp("slept")) as (world, warm):
        live(warm, [*waking(FIRST), *asleep(FIRST)])
        first = replays(world, FIRST)
        live(warm, asleep(FIRST, (4, 5)))  # repeated
        assert replays(world, FIRST) == first
        shares = world.lake(
            "select cycle, sum(repetitions) from consolidation.replay_events "
            "where phase = 'asleep' and partner_id is null and night = ? group by all order by all",
            [FIRST],
        )
        total = sum(count for _, count in shares)
        assert total >= 2 * len(first) > 20
        assert [cycle for cycle, _ in shares][:3] == [1, 2, 3]
        assert sum(count for cycle, count in shares if cycle <= 2) >= 0.6 * total, "slow waves come early"
        yield world, first


def test_a_night_missed_is_made_up_the_next_night_and_not_doubled(
    installation: Path, tmp_path: Path, slept: tuple[World, dict[Any, int]]
) -> None:
    _, whole = slept
    with warm_world(installation, tmp_path) as (world, warm):
        # The machine was off from the evening on; the next evening it takes in what it missed, and sleeps.
        live(warm, [*waking(FIRST + DAY), *asleep(FIRST + DAY)])
        made_up = replays(world, FIRST + DAY)
        assert replays(world, FIRST) == {}
        # A day more was taken in, so averages differ; no memory is replayed for two nights in one.
        assert set(whole) <= set(made_up)
        assert max(made_up.values()) <= 10
        average = sum(made_up.values()) / len(made_up)
        assert 0.75 <= average / (sum(whole.values()) / len(whole)) <= 1.25


def test_cycles_missed_in_a_night_are_made_up_in_its_last(
    installation: Path, tmp_path: Path, slept: tuple[World, dict[Any, int]]
) -> None:
    _, whole = slept
    with warm_world(installation, tmp_path) as (world, warm):
        live(warm, [*waking(FIRST), *asleep(FIRST, (2, 5))])
        assert replays(world, FIRST) == whole
        live(warm, [(DEEP_SLEEP, PLAN.cycle_start(FIRST, 5) + PLAN.cycle_length / 2)])
        live(warm, [(REM_SLEEP, PLAN.rem_start(FIRST, cycle)) for cycle in (2, 5, 5)])
        dreams = world.lake(
            "select cycle, count(*) from rem.rem_pairs where night = ? group by all order by all", [FIRST]
        )
        assert sum(count for _, count in dreams) <= parameters().rem_pairs_per_night
        assert dict(dreams).get(5, 0) > dict(dreams).get(2, 0), "dreams come late"
