"""A run's clock: by the clock, by hand, woken by an asset."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.errors import CodexError
from include.lake.connection import configured_lake
from include.parameters import parameters
from include.rhythms.clock import Clock, Trigger, in_turn, read_clock, set_clock
from include.rhythms.sleep_plan import SleepPlan
from tests.conftest import World

PLAN = SleepPlan.of(parameters(), ZoneInfo("Europe/Berlin"))
NOON = datetime(2026, 3, 4, 11, tzinfo=UTC)  # 12:00 in Berlin
WAITED = timedelta(minutes=4)  # between an event and the run that it starts, when another run is under way
NIGHT = datetime(2026, 3, 5, 1, tzinfo=UTC)  # 02:00 in Berlin, the third cycle


def clock(trigger: Trigger, run_after: datetime = NOON, *wake_ups: dict[str, Any], **given: Any) -> Clock:
    return read_clock(
        "working_memory",
        "run",
        PLAN,
        trigger=trigger,
        run_after=run_after,
        given=given,
        wake_ups=list(wake_ups),
        began=run_after + WAITED,
    )


def test_a_run_by_the_clock_works_for_its_own_instant() -> None:
    day, night = clock("scheduled"), clock("scheduled", NIGHT)
    assert (day.as_of, day.phase, day.cycle, day.night) == (NOON, "awake", 0, date(2026, 3, 4))
    assert (night.as_of, night.phase, night.cycle, night.night) == (NIGHT, "asleep", 3, date(2026, 3, 4))
    assert (night.slow_wave_until, night.rem_until) == (0.85, 0.35)


def test_what_is_given_by_hand_does_not_move_a_run_by_the_clock() -> None:
    given = clock("scheduled", as_of="2020-01-01T00:00:00+00:00", asleep=True)
    assert (given.as_of, given.phase, given.sleep_travels) == (NOON, "awake", False)


def test_a_run_by_hand_naps_for_the_moment_it_was_triggered() -> None:
    by_hand = clock("manual")
    assert (by_hand.as_of, by_hand.phase, by_hand.cycle) == (NOON, "asleep", 0)
    assert (by_hand.slow_wave_until, by_hand.rem_until) == (1.0, 1.0)


def test_a_run_by_hand_works_for_the_instant_it_is_given() -> None:
    given = clock("manual", as_of="2026-03-01T06:00:00+01:00")
    assert given.as_of == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert given.night == date(2026, 2, 28)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_as_of_is_now(empty: str | None) -> None:
    assert clock("manual", as_of=empty).as_of == NOON


def test_an_instant_without_a_zone_is_what_the_sleepers_clock_shows() -> None:
    assert clock("manual", as_of="2026-03-01T06:00:00").as_of == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert clock("manual", as_of="2026-07-01T06:00:00").as_of == datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", 12])
def test_an_as_of_that_is_no_instant_is_refused_with_an_example(wrong: object) -> None:
    with pytest.raises(CodexError, match=rf"as_of is '?{wrong}'?; give an instant such as 2026-"):
        clock("manual", as_of=wrong)


def test_a_run_by_hand_can_be_told_to_stay_awake() -> None:
    awake = clock("manual", asleep=False)
    assert (awake.phase, awake.sleep_travels) == ("awake", False)


def test_a_nap_stays_with_the_run_and_a_night_travels_along_the_chain() -> None:
    nap, night = clock("manual"), clock("manual", asleep=True)
    woken_by_nap, woken_by_night = clock("asset", NOON, nap.wake_up()), clock("asset", NOON, night.wake_up())
    assert (woken_by_nap.phase, woken_by_nap.sleep_travels) == ("awake", False)
    assert (woken_by_night.phase, woken_by_night.sleep_travels) == ("asleep", True)
    assert clock("asset", NOON, woken_by_night.wake_up()).phase == "asleep"


def test_a_woken_run_takes_the_latest_instant_that_was_given_by_hand() -> None:
    events = [clock("manual", as_of=f"2026-03-0{day}T06:00:00+01:00").wake_up() for day in (1, 2)]
    woken = clock("asset", NOON, *events)
    assert woken.as_of == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert clock("asset", NOON, woken.wake_up()).as_of == woken.as_of, "it travels on"


def test_a_woken_run_sees_what_was_announced_while_it_waited() -> None:
    live = [clock("scheduled", NOON).wake_up(), clock("manual").wake_up(), {"from_trigger": True, "payload": {}}, {}]
    assert clock("asset", NOON).as_of == NOON + WAITED
    for event in live:
        woken = clock("asset", NOON, event)
        assert woken.as_of == NOON + WAITED
        assert clock("asset", NOON, woken.wake_up()).instant_travels is False
    by_hand = clock("manual", as_of="2026-03-01T06:00:00+01:00").wake_up()
    assert clock("asset", NOON, by_hand, live[0]).as_of == NOON + WAITED, "one that is live makes it live"


def test_one_sleeper_among_those_who_wake_is_enough() -> None:
    assert clock("asset", NOON, {"asleep": False}, {"asleep": True}).phase == "asleep"


def test_a_clock_is_kept_a_rhythm_and_a_repeated_run_keeps_its_beat(world: World) -> None:
    lake = configured_lake()
    first = clock("scheduled", NIGHT)
    assert set_clock(lake, first) == 1
    assert set_clock(lake, first) == 1
    assert set_clock(lake, replace(first, run_id="next", as_of=NIGHT + timedelta(minutes=1))) == 2
    assert set_clock(lake, replace(first, rhythm="rem_sleep")) == 1
    written = world.lake(
        "select as_of, beat, run_id, phase, night, cycle, slow_wave_until, rem_until, zone from control.clock "
        "where rhythm = 'working_memory'"
    )
    later = NIGHT + timedelta(minutes=1)
    assert written == [(later, 2, "next", "asleep", date(2026, 3, 4), 3, 0.85, 0.35, "Europe/Berlin")]


def test_a_run_that_is_late_does_not_turn_the_clock_back(world: World) -> None:
    """Runs that waited begin in any order: what one has seen is not gone for the next."""
    lake = configured_lake()
    late, began = clock("scheduled"), NIGHT + timedelta(hours=1)
    assert in_turn(lake, late, began) == late
    set_clock(lake, replace(late, run_id="before", as_of=NIGHT + timedelta(minutes=5)))
    assert in_turn(lake, late, began) == replace(late, as_of=NIGHT + timedelta(minutes=5))
    after = replace(late, as_of=NIGHT + timedelta(minutes=6))
    assert in_turn(lake, after, began) == after
    by_hand = replace(late, instant_travels=True)
    assert in_turn(lake, by_hand, began) == by_hand
    set_clock(lake, replace(late, run_id="ahead", as_of=NIGHT + timedelta(days=900)))
    assert in_turn(lake, late, began) == replace(late, as_of=began)


def test_two_first_runs_at_one_moment_leave_one_row(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as both:
        beats = sorted(
            both.map(
                lambda run_id: set_clock(configured_lake(), replace(clock("scheduled"), run_id=run_id)), ("a", "b")
            )
        )
    assert beats == [1, 2]
    assert world.lake("select count(*), max(beat) from control.clock where rhythm = 'working_memory'") == [(1, 2)]
