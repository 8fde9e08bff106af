"""A day lived through by a clock, as the scheduler does it, gives exactly the planned beats: on days of 23, 24 and 25
hours, in any timezone.

What is planned is said here a second time, by wall clocks and by hours slept, without the timetable's own arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pendulum import instance

from include.rhythms.catalogue import BY_DAG, RHYTHMS

if TYPE_CHECKING:
    from codex_dreams.timetables.rhythm import RhythmTimetable

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Adelaide",
    "Asia/Kathmandu",
    "Africa/Cairo",
)
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(730)]

Planned = Callable[[date, ZoneInfo], set[datetime]]


def minutes_of(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Each minute of a local day as an instant, found by looking at what a wall clock there shows."""
    instant = datetime.combine(day, time(0), UTC) - timedelta(hours=15)
    while instant.astimezone(zone).date() < day:
        instant += MINUTE
    while instant.astimezone(zone).date() == day:
        yield instant
        instant += MINUTE


def shows(instant: datetime, zone: ZoneInfo) -> time:
    return instant.astimezone(zone).time()


def every(minutes: int) -> Planned:
    """Awake, from six to ten, by the wall clock."""

    def planned(day: date, zone: ZoneInfo) -> set[datetime]:
        awake = [at for at in minutes_of(day, zone) if time(6) <= shows(at, zone) <= time(22)]
        return {at for at in awake if (at - awake[0]) % timedelta(minutes=minutes) == timedelta(0)}

    return planned


def day_and_night(minutes: int) -> Planned:
    return lambda day, zone: set(list(minutes_of(day, zone))[::minutes])


def at(*hours: int) -> Planned:
    """When the wall clock shows the hour, the first time that it does."""

    def planned(day: date, zone: ZoneInfo) -> set[datetime]:
        shown: dict[time, datetime] = {}
        for minute in minutes_of(day, zone):
            shown.setdefault(shows(minute, zone), minute)
        return {shown[time(hour)] for hour in hours if time(hour) in shown}

    return planned


def slept(*minutes: float, only: int | None = None) -> Planned:
    """After so many minutes of sleep, which begins when the wall clock shows 22:30; `only` on that day of the week."""

    def planned(day: date, zone: ZoneInfo) -> set[datetime]:
        found = set()
        for evening in (day - timedelta(days=1), day):
            bedtime = next(minute for minute in minutes_of(evening, zone) if shows(minute, zone) == time(22, 30))
            found |= {bedtime + timedelta(minutes=asleep) for asleep in minutes}
        of_the_day = {beat for beat in found if beat.astimezone(zone).date() == day}
        return of_the_day if only in (None, day.weekday()) else set()

    return planned


def both(one: Planned, other: Planned) -> Planned:
    return lambda day, zone: one(day, zone) | other(day, zone)


# What is meant by the beats of each rhythm that has some.
PLANS: dict[str, Planned] = {
    "working_memory": every(1),
    "insights": every(5),
    "short_term_memory": every(15),
    "hippocampal_replay": both(every(60), slept(0, 90, 180, 270, 360)),
    "deep_sleep": both(at(0, 6, 12, 18), slept(45, 135, 225, 315, 405)),
    "rem_sleep": slept(81, 166.5, 247.5, 328.5, 414),
    "synaptic_homeostasis": slept(450, only=6),
    "awakening": slept(450),
    "maintenance": at(14),
    "health": day_and_night(10),
}


@cache
def days_of(hours: int) -> list[tuple[str, date]]:
    """Places and days on which a day has so many hours."""
    return [(zone, day) for zone in ZONES for day in DAYS if length(day, ZoneInfo(zone)) == timedelta(hours=hours)]


def test_what_is_planned_here_is_all_that_beats() -> None:
    assert PLANS.keys() == {rhythm.dag_id for rhythm in RHYTHMS if rhythm.beats}


def length(day: date, zone: ZoneInfo) -> timedelta:
    began, ended = (datetime.combine(each, time(0), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return ended - began


def lived(
    timetable: RhythmTimetable, start: datetime, end: datetime, monkeypatch: pytest.MonkeyPatch
) -> list[datetime]:
    """The beats that a scheduler starts which looks at the clock every half minute, from start to end."""
    from airflow.timetables.base import DataInterval, TimeRestriction

    from codex_dreams.timetables import rhythm

    clock = start
    monkeypatch.setattr(rhythm, "now", lambda _zone: instance(clock))
    restriction = TimeRestriction(None, None, catchup=False)
    planned = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    beats = []
    while clock < end:
        if planned is not None and planned.run_after <= clock:
            beats.append(planned.run_after)
            last = DataInterval.exact(planned.run_after)
            planned = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        else:
            clock += MINUTE / 2
    return beats


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_day_has_exactly_the_planned_beats(hours: int, data: st.DataObject) -> None:
    from codex_dreams.timetables.rhythm import RhythmTimetable

    place, day = data.draw(st.sampled_from(days_of(hours)))
    zone = ZoneInfo(place)
    for name, planned in PLANS.items():
        minutes = list(minutes_of(day, zone))
        assert len(minutes) == hours * 60
        with pytest.MonkeyPatch.context() as monkeypatch:
            timetable = RhythmTimetable(BY_DAG[name].beats, zone=place)
            beats = lived(timetable, minutes[0], minutes[-1] + MINUTE - timedelta(seconds=1), monkeypatch)
        assert beats == sorted(planned(day, zone)), f"{name} on {day} in {place}"


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(sorted(PLANS)),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 8), datetime(2027, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone beside it
    st.timedeltas(timedelta(hours=1), timedelta(days=30)),
)
def test_after_a_pause_there_is_one_beat_and_then_those_planned(
    name: str, place: str, ends: datetime, pause: timedelta
) -> None:
    from airflow.timetables.base import DataInterval, TimeRestriction

    from codex_dreams.timetables import rhythm
    from codex_dreams.timetables.rhythm import RhythmTimetable

    timetable = RhythmTimetable(BY_DAG[name].beats, zone=place)
    before = timetable.last_beat(ends - pause)
    assert before is not None
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(rhythm, "now", lambda _zone: instance(ends))
        overdue, last = [], before
        while True:
            info = timetable.next_dagrun_info(
                last_automated_data_interval=DataInterval.exact(instance(last)),
                restriction=TimeRestriction(None, None, catchup=False),
            )
            assert info is not None
            if info.run_after > ends:
                break
            overdue.append(info.run_after)
            last = info.run_after
    missed = timetable.last_beat(ends)
    assert overdue == ([] if missed == before else [missed])
    assert info.run_after == timetable.next_beat(ends)
