"""The sleep plan: when the night's cycles begin, and which share of the night each has (Dement & Kleitman 1957).

A night is named by the date of its evening and owns the time from noon to noon, so a nap belongs to a night, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from include.parameters import Parameters

PartOfNight = Literal["slow_wave", "cycle", "rem", "sunday", "morning"]
"""Parts of a night that have a beat: each cycle's slow waves, middle and REM sleep, the end of Sunday's night, and the
morning after."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

NOON = timedelta(hours=12)
WAKES_UP = time(6)
WINDS_DOWN = time(22)
"""Waking rhythms beat from one to the other, local time."""


@dataclass(frozen=True)
class SleepPlan:
    """One person's nights. Cycles are counted from 1 and last equally long on the clock that never jumps (UTC)."""

    bedtime: time
    cycles: int
    cycle_length: timedelta
    slow_wave_shares: tuple[float, ...]
    rem_shares: tuple[float, ...]
    zone: ZoneInfo
    morning: time | None = None
    """When the morning comes; None: when the sleeper wakes."""
    days_off: frozenset[int] = frozenset()
    """Weekdays without a morning, 0 is Monday."""

    @classmethod
    def of(cls, given: Parameters, zone: ZoneInfo) -> SleepPlan:
        """The plan that the parameters describe, in a timezone."""
        return cls(
            time.fromisoformat(given.bedtime),
            given.sleep_cycles,
            timedelta(minutes=given.sleep_cycle_minutes),
            tuple(given.slow_wave_shares),
            tuple(given.rem_shares),
            zone,
            time.fromisoformat(given.morning_time) if given.morning_time else None,
            frozenset(map(WEEKDAYS.index, given.morning_days_off)),
        )

    def night_of(self, instant: datetime) -> date:
        """The night that an instant belongs to: noon to noon, local time; longer where the sleeper is not up by noon.

        That happens only in the night in which the clocks go forward, with a late bedtime.
        """
        named = (instant.astimezone(self.zone).replace(tzinfo=None) - NOON).date()
        before = named - timedelta(days=1)
        return before if instant < self.wakes(before) else named

    def cycle_start(self, night: date, cycle: int) -> datetime:
        """When a cycle (1 … cycles) of a night begins, in UTC; `cycles + 1` would begin when the sleeper wakes."""
        evening = night if self.bedtime >= time(12) else night + timedelta(days=1)
        asleep = datetime.combine(evening, self.bedtime, self.zone).astimezone(UTC)
        return asleep + (cycle - 1) * self.cycle_length

    def cycle_at(self, instant: datetime) -> int:
        """The cycle an instant lies in, from 1; 0 when awake."""
        since = instant.astimezone(UTC) - self.cycle_start(self.night_of(instant), 1)
        if since < timedelta(0) or since >= self.cycles * self.cycle_length:
            return 0
        return since // self.cycle_length + 1

    def slow_wave_until(self, cycle: int) -> float:
        """Share of the night's slow-wave sleep that is over by the end of a cycle; 1 for a nap (cycle 0)."""
        return _until(self.slow_wave_shares, cycle)

    def rem_until(self, cycle: int) -> float:
        """Share of the night's REM sleep that is over by the end of a cycle; 1 for a nap (cycle 0)."""
        return _until(self.rem_shares, cycle)

    def rem_start(self, night: date, cycle: int) -> datetime:
        """When REM sleep of a cycle begins: at its end, after slow-wave sleep."""
        end = self.cycle_start(night, cycle + 1)
        return end - self.cycle_length * min(0.5, self.rem_shares[cycle - 1] + 0.05)

    def wakes(self, night: date) -> datetime:
        """When the sleeper wakes: the end of the night's last cycle, in UTC."""
        return self.cycle_start(night, self.cycles + 1)

    def beats(self, night: date, part: PartOfNight) -> list[datetime]:
        """The beats that a part of a night has, in order, in UTC: one a cycle, but for `sunday` and `morning`."""
        if part == "sunday":
            wakes = self.wakes(night)
            return [wakes] if wakes.astimezone(self.zone).weekday() == 6 else []
        if part == "morning":
            return self._mornings(night)
        cycles = range(1, self.cycles + 1)
        if part == "rem":
            return [self.rem_start(night, cycle) for cycle in cycles]
        into_the_cycle = self.cycle_length / 2 if part == "cycle" else timedelta(0)
        return [self.cycle_start(night, cycle) + into_the_cycle for cycle in cycles]

    def _mornings(self, night: date) -> list[datetime]:
        """The morning after a night, unless it is a day off or its time is one that the clock leaves out."""
        wakes = self.wakes(night).astimezone(self.zone)
        if self.morning is not None:
            local = datetime.combine(wakes.date(), self.morning, self.zone)
            wakes = local.astimezone(UTC).astimezone(self.zone)
            if wakes.replace(tzinfo=None) != local.replace(tzinfo=None):
                return []
        return [] if wakes.weekday() in self.days_off else [wakes.astimezone(UTC)]


def waking_hours(instant: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When waking rhythms begin and end to beat on an instant's day, in UTC."""
    day = instant.astimezone(zone).date()
    woke, winds_down = (datetime.combine(day, hour, zone).astimezone(UTC) for hour in (WAKES_UP, WINDS_DOWN))
    return woke, winds_down


def _until(shares: tuple[float, ...], cycle: int) -> float:
    return 1.0 if cycle == 0 else round(sum(shares[:cycle]), 12)
