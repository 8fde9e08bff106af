"""When a rhythm beats: by day, by the clock, by the cycles of the night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from pendulum import instance, now

from include.parameters import parameters
from include.rhythms.catalogue import Beats
from include.rhythms.sleep_plan import SleepPlan, waking_hours
from include.settings import settings

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction
    from pendulum import DateTime

LOOK_AHEAD_DAYS = 15
"""Weekly rhythms need a week; a fortnight and a day covers every plan."""


def _paced(first: datetime, last: datetime, minutes: int) -> Iterator[datetime]:
    beat = first
    while beat <= last:
        yield beat
        beat += timedelta(minutes=minutes)


class RhythmTimetable(Timetable):
    """Beats at fixed local times, right across changes to and from daylight saving, without catching up on missed ones.

    :param scheduled: when the rhythm beats, as the catalogue has it
    :param zone: timezone of the sleeper; default: the settings'
    """

    def __init__(self, scheduled: Beats, *, zone: str | None = None) -> None:
        self.scheduled = scheduled
        self.zone = zone or settings().codex_timezone
        self.plan = SleepPlan.of(parameters(), ZoneInfo(self.zone))
        self._days: dict[date, list[datetime]] = {}  # the scheduler asks for the same day at each of its beats
        self.description = self._in_full()

    @property
    def summary(self) -> str:
        """The schedule in words, as the web UI shows it."""
        return self.scheduled.in_words(self.plan.cycles)

    def _in_full(self) -> str:
        """The summary, and when each cycle of a plain night has its beat."""
        part = self.scheduled.asleep
        if part is None or part == "sunday":
            return self.summary
        evening = date(2026, 1, 14)  # a night on which no clock is changed anywhere
        return f"{self.summary}: {', '.join(self.told(beat) for beat in self.plan.beats(evening, part))}"

    def told(self, beat: datetime) -> str:
        """A beat in words: the local time, and which cycle of the night it falls into ("night cycle 2 of 5, 00:00")."""
        cycle = self.plan.cycle_at(beat)
        local = f"{beat.astimezone(self.plan.zone):%H:%M}"
        return f"night cycle {cycle} of {self.plan.cycles}, {local}" if cycle else local

    def serialize(self) -> dict[str, Any]:
        """Primitives that make an equal timetable."""
        return {**asdict(self.scheduled), "at_hours": list(self.scheduled.at_hours), "zone": self.zone}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> RhythmTimetable:
        """The timetable that was serialised."""
        given = {name: value for name, value in data.items() if name != "zone"}
        return cls(Beats(**{**given, "at_hours": tuple(given["at_hours"])}), zone=data["zone"])

    def beats(self, day: date) -> list[datetime]:
        """The beats that fall on a local day, in order, in UTC. A local time that a day lacks is passed over."""
        if day not in self._days:
            if len(self._days) > 2 * LOOK_AHEAD_DAYS:
                self._days.clear()
            start = datetime.combine(day, time(0), self.plan.zone).astimezone(UTC)
            end = datetime.combine(day + timedelta(days=1), time(0), self.plan.zone).astimezone(UTC)
            self._days[day] = sorted({beat for beat in self._planned(day) if start <= beat < end})
        return self._days[day]

    def _planned(self, day: date) -> Iterator[datetime]:
        zone, scheduled = self.plan.zone, self.scheduled
        midnight = datetime.combine(day, time(0), zone).astimezone(UTC)
        if scheduled.awake_every:
            yield from _paced(*waking_hours(midnight + timedelta(hours=12), zone), scheduled.awake_every)
        if scheduled.all_day_every:
            yield from _paced(midnight, midnight + timedelta(hours=25), scheduled.all_day_every)
        for hour in scheduled.at_hours:
            local = datetime.combine(day, time(hour), zone)
            beat = local.astimezone(UTC)
            if beat.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                yield beat
        if scheduled.asleep:
            for night in (day - timedelta(days=1), day):
                yield from self.plan.beats(night, scheduled.asleep)

    def next_beat(self, after: datetime, *, inclusive: bool = False) -> datetime | None:
        """The first beat after (or at) an instant; None where the timetable has none in a fortnight."""
        day = after.astimezone(self.plan.zone).date()
        for offset in range(LOOK_AHEAD_DAYS):
            for beat in self.beats(day + timedelta(days=offset)):
                if beat > after or (inclusive and beat == after):
                    return beat
        return None

    def last_beat(self, until: datetime) -> datetime | None:
        """The last beat at or before an instant; None where the timetable had none in a fortnight."""
        day = until.astimezone(self.plan.zone).date()
        for offset in range(LOOK_AHEAD_DAYS):
            for beat in reversed(self.beats(day - timedelta(days=offset))):
                if beat <= until:
                    return beat
        return None

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """A run by hand works for its own instant."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next beat. After a pause only the last missed beat is made up for: it works off all that is pending."""
        moment = now("UTC")
        if last_automated_data_interval is None:
            earliest = max(moment, restriction.earliest) if restriction.earliest else moment
            beat = self.next_beat(earliest, inclusive=True)
        else:
            beat = self.next_beat(last_automated_data_interval.end)
            missed = self.last_beat(moment)
            if beat is not None and missed is not None:
                beat = max(beat, missed)
        if beat is None or (restriction.latest is not None and beat > restriction.latest):
            return None
        return DagRunInfo.exact(instance(beat))
