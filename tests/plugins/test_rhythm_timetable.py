"""When each rhythm beats, on plain days and on those that change the clocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pendulum import DateTime, instance, now

from include.rhythms.catalogue import BY_DAG, RHYTHMS, Beats

if TYPE_CHECKING:
    from airflow.timetables.base import DagRunInfo

    from codex_dreams.timetables.rhythm import RhythmTimetable

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = date(2026, 3, 4)
SATURDAY = date(2026, 3, 7)
SPRING = date(2026, 3, 29)  # a Sunday of 23 hours
AUTUMN = date(2026, 10, 25)  # a Sunday of 25 hours
DAY = timedelta(days=1)

BEATING = sorted(rhythm.dag_id for rhythm in RHYTHMS if rhythm.beats)


def timetable_of(beats: Beats, zone: str = "Europe/Berlin") -> RhythmTimetable:
    from codex_dreams.timetables.rhythm import RhythmTimetable

    return RhythmTimetable(beats, zone=zone)


def rhythm(name: str) -> RhythmTimetable:
    return timetable_of(BY_DAG[name].beats)


def next_run(
    timetable: RhythmTimetable,
    last: DateTime | None = None,
    earliest: DateTime | None = None,
    latest: DateTime | None = None,
) -> DagRunInfo | None:
    """What the scheduler is told to do next."""
    from airflow.timetables.base import DataInterval, TimeRestriction

    return timetable.next_dagrun_info(
        last_automated_data_interval=None if last is None else DataInterval.exact(last),
        restriction=TimeRestriction(earliest, latest, catchup=False),
    )


def beats_from(timetable: RhythmTimetable, start: datetime) -> Iterator[datetime]:
    """The beats as the scheduler meets them: each asked for from the one before."""
    beat = timetable.next_beat(start, inclusive=True)
    while beat is not None:
        yield beat
        beat = timetable.next_beat(beat)


def local(beats: list[datetime]) -> list[str]:
    return [beat.astimezone(BERLIN).strftime("%H:%M") for beat in beats]


def day_of(name: str, day: date) -> list[str]:
    return local(rhythm(name).beats(day))


def test_working_memory_beats_every_minute_while_awake_and_never_asleep() -> None:
    beats = day_of("working_memory", WEDNESDAY)
    assert (beats[0], beats[1], beats[-1], len(beats)) == ("06:00", "06:01", "22:00", 16 * 60 + 1)


def test_insights_beat_every_five_minutes_while_awake() -> None:
    beats = day_of("insights", WEDNESDAY)
    assert (beats[0], beats[1], beats[-1], len(beats)) == ("06:00", "06:05", "22:00", 16 * 12 + 1)


def test_replay_beats_hourly_awake_and_where_each_cycle_begins() -> None:
    awake = [f"{hour:02d}:00" for hour in range(6, 23)]
    assert day_of("hippocampal_replay", WEDNESDAY) == ["00:00", "01:30", "03:00", "04:30", *awake, "22:30"]


def test_deep_sleep_beats_every_six_hours_and_in_the_middle_of_each_cycle() -> None:
    assert day_of("deep_sleep", WEDNESDAY) == [
        *("00:00", "00:45", "02:15", "03:45", "05:15"),
        *("06:00", "12:00", "18:00", "23:15"),
    ]


def test_rem_sleep_beats_late_in_each_cycle_and_the_earlier_the_longer_it_lasts() -> None:
    assert day_of("rem_sleep", WEDNESDAY) == ["01:16", "02:37", "03:58", "05:24", "23:51"]


def test_homeostasis_beats_on_sunday_when_the_sleeper_wakes() -> None:
    week = {day.strftime("%a"): day_of("synaptic_homeostasis", day) for day in (SATURDAY + DAY * n for n in range(7))}
    assert week.pop("Sun") == ["06:00"]
    assert not any(week.values())


def test_maintenance_beats_once_a_day() -> None:
    assert day_of("maintenance", WEDNESDAY) == ["14:00"]


def test_health_beats_every_ten_minutes_day_and_night() -> None:
    beats = day_of("health", WEDNESDAY)
    assert (beats[0], beats[1], beats[-1], len(beats)) == ("00:00", "00:10", "23:50", 144)


@pytest.mark.parametrize(
    ("name", "spring", "autumn"),
    [
        ("working_memory", 961, 961),
        ("health", 23 * 6, 25 * 6),
        # The cycle after next begins where it would have begun, however late the clock says it is.
        ("hippocampal_replay", 17 + 5, 17 + 5),
        ("rem_sleep", 5, 5),
        ("synaptic_homeostasis", 1, 1),
        ("maintenance", 1, 1),
    ],
)
def test_a_short_and_a_long_day_have_the_beats_they_should(name: str, spring: int, autumn: int) -> None:
    assert (len(rhythm(name).beats(SPRING)), len(rhythm(name).beats(AUTUMN))) == (spring, autumn)


def test_the_clock_on_the_wall_rules_by_day_and_the_night_lasts_as_long() -> None:
    assert day_of("deep_sleep", SPRING) == [
        *("00:00", "00:45", "03:15", "04:45", "06:00", "06:15"),
        *("12:00", "18:00", "23:15"),
    ]
    assert day_of("deep_sleep", AUTUMN) == [
        *("00:00", "00:45", "02:15", "02:45", "04:15", "06:00"),
        *("12:00", "18:00", "23:15"),
    ]
    assert day_of("synaptic_homeostasis", SPRING) == ["07:00"]
    assert day_of("synaptic_homeostasis", AUTUMN) == ["05:00"]


def test_an_hour_that_a_day_lacks_is_passed_over_and_one_it_has_twice_beats_once() -> None:
    at_half_night = timetable_of(Beats(at_hours=(2,)))
    assert at_half_night.beats(SPRING) == []
    assert len(at_half_night.beats(AUTUMN)) == 1


@pytest.mark.parametrize("name", BEATING)
@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_going_from_beat_to_beat_misses_none_and_doubles_none(name: str, day: date) -> None:
    timetable = rhythm(name)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    wanted = [beat for each in (day - DAY, day) for beat in timetable.beats(each) if noon - DAY <= beat <= noon]
    assert wanted
    assert list(islice(beats_from(timetable, noon - DAY), len(wanted))) == wanted
    assert all(earlier < later for earlier, later in pairwise(wanted))


@given(
    st.sampled_from(BEATING),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone beside it
)
def test_the_last_beat_and_the_next_enclose_every_instant(name: str, moment: datetime) -> None:
    timetable = rhythm(name)
    last, following = timetable.last_beat(moment), timetable.next_beat(moment)
    assert last is not None
    assert following is not None
    assert last <= moment < following
    assert timetable.next_beat(last) == following
    assert timetable.last_beat(following - timedelta(microseconds=1)) == last


def test_the_first_run_is_the_first_beat_at_or_after_the_start() -> None:
    start = now("UTC").add(years=1).set(hour=13, minute=0, second=0, microsecond=0)
    at_two = timetable_of(Beats(at_hours=(14,)), "UTC")
    for earliest in (start, start.set(hour=14)):
        info = next_run(at_two, earliest=earliest)
        assert info is not None
        assert info.run_after == start.set(hour=14)
        assert (info.data_interval.start, info.data_interval.end) == (info.run_after, info.run_after)


def test_nothing_beats_after_the_end() -> None:
    start = now("UTC").add(years=1)
    timetable = timetable_of(Beats(at_hours=(start.add(hours=2).hour,)), "UTC")
    assert next_run(timetable, earliest=start, latest=start.add(seconds=1)) is None


def test_after_a_pause_only_the_last_missed_beat_is_made_up_for() -> None:
    timetable = rhythm("health")
    before = timetable.last_beat(now("UTC"))
    info = next_run(timetable, last=instance(datetime(2020, 1, 1, tzinfo=UTC)))
    after = timetable.last_beat(now("UTC"))
    assert info is not None
    assert info.run_after in (before, after)


def test_a_rhythm_that_kept_up_goes_on_with_its_next_beat() -> None:
    beat = instance(datetime(2040, 3, 4, 13, tzinfo=UTC))
    info = next_run(rhythm("maintenance"), last=beat)
    assert info is not None
    assert info.run_after == beat.add(days=1)


def test_a_run_by_hand_works_for_its_own_instant() -> None:
    moment = instance(datetime(2026, 3, 4, 9, 17, tzinfo=UTC))
    interval = rhythm("health").infer_manual_data_interval(run_after=moment)
    assert (interval.start, interval.end) == (moment, moment)


@pytest.mark.parametrize("name", BEATING)
def test_a_timetable_survives_being_serialised(name: str) -> None:
    timetable = rhythm(name)
    read_back = type(timetable).deserialize(json.loads(json.dumps(timetable.serialize())))
    assert read_back.serialize() == timetable.serialize()
    assert read_back.scheduled == timetable.scheduled
    assert read_back.summary == timetable.summary
    assert read_back.beats(SPRING) == timetable.beats(SPRING)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("working_memory", "every minute while awake"),
        ("insights", "every 5 minutes while awake"),
        ("hippocampal_replay", "every hour while awake; at the start of each of the night's 5 cycles"),
        ("deep_sleep", "at 00:00, 06:00, 12:00, 18:00; in the middle of each of the night's 5 cycles"),
        ("rem_sleep", "in the REM part of each of the night's 5 cycles"),
        ("synaptic_homeostasis", "on Sunday after the night's last cycle"),
        ("maintenance", "at 14:00"),
        ("health", "every 10 minutes, day and night"),
    ],
)
def test_the_summary_says_what_the_readme_says(name: str, words: str) -> None:
    assert rhythm(name).summary == words


def test_a_sleeper_elsewhere_has_a_night_elsewhere() -> None:
    there = timetable_of(Beats(at_hours=(14,)), "Asia/Kathmandu")
    assert there.beats(WEDNESDAY) == [datetime(2026, 3, 4, 8, 15, tzinfo=UTC)]
