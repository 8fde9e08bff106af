"""The sleep plan, in a zone that changes its clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from include.parameters import parameters
from include.rhythms.sleep_plan import SleepPlan

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = date(2026, 3, 4)
SPRING = date(2026, 3, 28)  # the night in which 02:00 becomes 03:00
AUTUMN = date(2026, 10, 24)  # the night in which 03:00 becomes 02:00


@pytest.fixture
def plan() -> SleepPlan:
    return SleepPlan.of(parameters(), BERLIN)


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN, fold=fold)


def local(instant: datetime) -> str:
    return instant.astimezone(BERLIN).strftime("%d %H:%M")


def test_a_night_runs_from_noon_to_noon(plan: SleepPlan) -> None:
    day = timedelta(days=1)
    assert plan.night_of(at(PLAIN, 12)) == PLAIN
    assert plan.night_of(at(PLAIN, 23, 59)) == PLAIN
    assert plan.night_of(at(PLAIN + day, 11, 59)) == PLAIN
    assert plan.night_of(at(PLAIN + day, 12)) == PLAIN + day


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_noon_stays_noon_when_the_clocks_change(plan: SleepPlan, night: date) -> None:
    morning = night + timedelta(days=1)
    assert plan.night_of(at(morning, 11, 59)) == night
    assert plan.night_of(at(morning, 12)) == morning
    assert plan.night_of(at(night, 12)) == night


def test_a_night_is_named_by_the_sleepers_clock_not_by_utc(plan: SleepPlan) -> None:
    instant = datetime(2026, 3, 4, 11, 30, tzinfo=UTC)  # 12:30 in Berlin
    assert plan.night_of(instant) == PLAIN
    assert replace(plan, zone=ZoneInfo("UTC")).night_of(instant) == PLAIN - timedelta(days=1)


def test_five_cycles_fill_the_night_from_bedtime_to_waking(plan: SleepPlan) -> None:
    starts = [local(plan.cycle_start(PLAIN, cycle)) for cycle in range(1, 7)]
    assert starts == ["04 22:30", "05 00:00", "05 01:30", "05 03:00", "05 04:30", "05 06:00"]


@pytest.mark.parametrize(("night", "wakes"), [(SPRING, "29 07:00"), (AUTUMN, "25 05:00")])
def test_a_night_lasts_as_long_when_the_clocks_change(plan: SleepPlan, night: date, wakes: str) -> None:
    starts = [plan.cycle_start(night, cycle) for cycle in range(1, 7)]
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(minutes=90)}
    assert local(starts[0]).endswith("22:30")
    assert local(starts[-1]) == wakes


@pytest.mark.parametrize("night", [PLAIN, SPRING, AUTUMN])
def test_every_instant_of_a_night_lies_in_one_cycle(plan: SleepPlan, night: date) -> None:
    start = plan.cycle_start(night, 1)
    cycles = [plan.cycle_at(start + timedelta(minutes=minute)) for minute in range(-1, 451)]
    assert cycles == [0, *(cycle for cycle in range(1, 6) for _ in range(90)), 0]


def test_the_repeated_hour_is_slept_twice(plan: SleepPlan) -> None:
    morning = AUTUMN + timedelta(days=1)
    first, second = at(morning, 2, 30), at(morning, 2, 30, fold=1)
    assert (plan.cycle_at(first), plan.cycle_at(second)) == (3, 4)


@pytest.mark.parametrize(("bedtime", "begins"), [("22:30", "04 22:30"), ("23:59", "04 23:59"), ("00:45", "05 00:45")])
def test_a_bedtime_after_midnight_belongs_to_the_evening_before(plan: SleepPlan, bedtime: str, begins: str) -> None:
    owl = replace(plan, bedtime=time.fromisoformat(bedtime))
    start = owl.cycle_start(PLAIN, 1)
    assert local(start) == begins
    assert owl.night_of(start) == PLAIN
    assert owl.cycle_at(start) == 1
    assert owl.cycle_at(start - timedelta(minutes=1)) == 0


def test_slow_waves_come_early_and_dreams_late(plan: SleepPlan) -> None:
    slow = [plan.slow_wave_until(cycle) for cycle in range(1, 6)]
    rem = [plan.rem_until(cycle) for cycle in range(1, 6)]
    assert slow == [0.4, 0.7, 0.85, 0.95, 1.0]
    assert rem == [0.05, 0.15, 0.35, 0.65, 1.0]


def test_a_nap_is_a_whole_night_at_once(plan: SleepPlan) -> None:
    assert (plan.slow_wave_until(0), plan.rem_until(0)) == (1.0, 1.0)


@pytest.mark.parametrize("night", [PLAIN, SPRING, AUTUMN])
def test_dreams_fill_the_end_of_a_cycle_and_grow_through_the_night(plan: SleepPlan, night: date) -> None:
    ends = [plan.cycle_start(night, cycle + 1) for cycle in range(1, 6)]
    lasting = [(end - plan.rem_start(night, cycle)) / timedelta(minutes=1) for cycle, end in enumerate(ends, start=1)]
    assert lasting == pytest.approx([9, 13.5, 22.5, 31.5, 36])


def test_at_least_half_of_a_cycle_is_not_spent_dreaming(plan: SleepPlan) -> None:
    dreamer = replace(plan, rem_shares=(0.0, 0.0, 0.0, 0.0, 1.0))
    assert dreamer.cycle_start(PLAIN, 6) - dreamer.rem_start(PLAIN, 5) == timedelta(minutes=45)


def test_the_morning_comes_when_the_night_ends_but_on_no_day_off(plan: SleepPlan) -> None:
    friday, sunday = date(2026, 3, 6), date(2026, 3, 8)
    assert plan.beats(friday, "morning") == [plan.wakes(friday)]
    free = replace(plan, days_off=frozenset({5}))
    assert free.beats(friday, "morning") == []  # it would be Saturday's
    assert free.beats(sunday, "morning") == [free.wakes(sunday)]


def test_a_morning_at_a_given_time_is_on_the_day_after_the_night_unless_the_clock_leaves_the_time_out(
    plan: SleepPlan,
) -> None:
    early = replace(plan, morning=time(7, 15))
    assert [f"{beat.astimezone(BERLIN):%d %H:%M}" for beat in early.beats(date(2026, 3, 4), "morning")] == ["05 07:15"]
    # On 29 March 2026 the clock goes from two to three.
    assert replace(plan, morning=time(2, 30)).beats(date(2026, 3, 28), "morning") == []
    assert replace(plan, morning=time(2, 30)).beats(date(2026, 3, 29), "morning") != []
