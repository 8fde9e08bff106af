"""Living through nights: for each, the day before it, its cycles of slow-wave and REM sleep, and the weekly balance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.errors import CodexError
from include.lake.connection import Lake
from include.parameters import parameters
from include.rhythms.catalogue import NIGHT, Rhythm
from include.rhythms.sleep_plan import SleepPlan
from include.runs.warm_rhythms import WarmRhythms
from include.settings import settings

_WAKING = tuple(rhythm for rhythm in NIGHT if rhythm.beats.awake_every or not rhythm.beats)
"""Those that beat by day, and those that only the ones before them wake."""
BEFORE_BED = timedelta(minutes=1)
KEPT_UP_EVERY = 7
"""Nights between two upkeeps of the lake: one takes about as long as a night in which little happens."""


@dataclass(frozen=True)
class LivedNight:
    """A night that was lived through: `done` of `nights`, how long that took, and the lake it wrote."""

    night: date
    awake_at: datetime
    done: int
    nights: int
    seconds: float
    lake: Lake


def nights_between(first: date, last: date, every: timedelta) -> list[date]:
    """The nights from `first` to `last` (both included), one each `every`. Raises CodexError where there is none."""
    if last < first:
        raise CodexError(f"The last night ({last}) is before the first ({first}): give --from and --to in order.")
    if every < timedelta(days=1) or every % timedelta(days=1):
        raise CodexError("--every must be whole days, such as 1d or 7d.")
    return [first + count * every for count in range((last - first) // every + 1)]


def beats_of(night: date, plan: SleepPlan) -> Iterator[tuple[Rhythm, datetime]]:
    """When each rhythm runs for a night, in order: what the day brought before bed, then each cycle, then the balance.

    A day needs one run of the waking rhythms, since they work off all that is pending (schedule invariance).
    """
    bedtime = plan.cycle_start(night, 1)
    yield from ((rhythm, bedtime - BEFORE_BED) for rhythm in _WAKING)
    asleep = [
        (beat, rhythm)
        for rhythm in NIGHT
        if rhythm.beats.asleep is not None
        for beat in plan.beats(night, rhythm.beats.asleep)
    ]
    yield from ((rhythm, beat) for beat, rhythm in sorted(asleep, key=lambda planned: planned[0]))


def live_through(
    nights: list[date], *, audited: bool, published: bool, after: Callable[[LivedNight], None]
) -> tuple[dict[str, float], list[str]]:
    """Live through nights in this process; `after` each, the caller may look.

    `audited`: every run tests what it made, and a test that fails ends it (CodexError). Otherwise all is tested once,
    at the end. Returns where the seconds went, and which tests failed at the end.

    What nobody looks at meanwhile is lived through in memory, and brought back into the lake at the end. Otherwise the
    lake is kept up after the first night and once a week: else what a night reads would lie in ever more crumbs.
    """
    plan = SleepPlan.of(parameters(), settings().zone)
    in_memory = not audited and not published
    warm = WarmRhythms(NIGHT, audited=audited, published=published, in_memory=in_memory)
    started = time.monotonic()
    with closing(warm):
        for done, night in enumerate(nights, start=1):
            for rhythm, instant in beats_of(night, plan):
                warm.run(rhythm, instant)
            if done % KEPT_UP_EVERY == 1 and not in_memory:
                warm.keep_up(**({} if published else {"keep_days": 0, "keep_files_days": 0}))
            after(
                LivedNight(
                    night,
                    awake_at=plan.wakes(night),
                    done=done,
                    nights=len(nights),
                    seconds=time.monotonic() - started,
                    lake=warm.lake,
                )
            )
        warm.bring_back()
        failed = [] if audited else warm.failing_tests()
    return warm.seconds, failed
