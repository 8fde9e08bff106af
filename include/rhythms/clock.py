"""A run's clock: the instant it works for, and whether that is day or night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from include.errors import CodexError
from include.lake.connection import Lake
from include.lake.corrections import read_corrections
from include.rhythms.sleep_plan import SleepPlan
from include.store.connection import connect

Phase = Literal["awake", "asleep"]
Trigger = Literal["scheduled", "manual", "asset"]

_LOCK = 0xC0DE_C10C
"""Of the store's advisory locks, the one that whoever sets a clock takes."""


@dataclass(frozen=True)
class Clock:
    """When a run works for. `cycle` is 0 outside a night's cycles; asleep at cycle 0 is a nap: a night at once."""

    rhythm: str
    run_id: str
    as_of: datetime
    phase: Phase
    night: date
    cycle: int
    slow_wave_until: float
    rem_until: float
    zone: str
    sleep_travels: bool = False
    instant_travels: bool = False

    def wake_up(self) -> dict[str, Any]:
        """What an asset event tells the rhythm it wakes, so that what was given by hand reaches the whole chain."""
        return {"as_of": self.as_of.isoformat(), "given": self.instant_travels, "asleep": self.sleep_travels}


def read_clock(
    rhythm: str,
    run_id: str,
    plan: SleepPlan,
    *,
    trigger: Trigger,
    run_after: datetime,
    given: Mapping[str, Any],
    wake_ups: list[Mapping[str, Any]],
    began: datetime | None = None,
) -> Clock:
    """The clock of a run.

    A run by the clock works for its own instant. A run by hand works for the `as_of` it was given, else for the
    moment it was triggered, and naps unless `asleep` is false: whoever asks for a replay at noon gets a night's. A
    run woken by assets works for the moment it began, or for the latest instant that was given by hand and travelled
    with the events; it sleeps only if sleep was asked for by hand.

    Airflow tells a woken run of the first event that waited for it, not of those that came after while another run was
    under way. The moment it began is later than all of them, so what they announced is not left lying.
    """
    travels = instant_travels = False
    if trigger == "manual":
        as_of = _instant(given.get("as_of"), plan.zone) or run_after
        instant_travels = bool(given.get("as_of"))
        asleep = given.get("asleep") is not False
        travels = given.get("asleep") is True
        cycle = 0
    elif trigger == "asset":
        instants = [instant for event in wake_ups if (instant := _instant(event.get("as_of"), plan.zone))]
        instant_travels = bool(instants) and all(event.get("given") is True for event in wake_ups)
        as_of = max(instants if instant_travels else [*instants, began or run_after])
        asleep = travels = any(event.get("asleep") is True for event in wake_ups)
        cycle = 0
    else:
        as_of = run_after
        cycle = plan.cycle_at(as_of)
        asleep = cycle > 0
    as_of = as_of.astimezone(UTC)
    return Clock(
        rhythm=rhythm,
        run_id=run_id,
        as_of=as_of,
        phase="asleep" if asleep else "awake",
        night=plan.night_of(as_of),
        cycle=cycle,
        slow_wave_until=plan.slow_wave_until(cycle),
        rem_until=plan.rem_until(cycle),
        zone=plan.zone.key,
        sleep_travels=travels,
        instant_travels=instant_travels,
    )


def _instant(text: Any, zone: ZoneInfo) -> datetime | None:
    """The instant that a text says; without an offset it is meant where the owner is."""
    if text is None or text == "":
        return None
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise CodexError(f"as_of is {text!r}; give an instant such as 2026-03-01T06:00:00+01:00.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def in_turn(lake: Lake, clock: Clock, began: datetime) -> Clock:
    """The clock, never before the last one of its rhythm; but where an instant was given by hand, as it was given.

    Runs that wait while one is under way do not begin in the order of their instants. Without this, a run that is late
    would take what an earlier one has seen for gone, and rank half of a window of attention anew. A last clock that
    lies in the future (it was given by hand) counts up to the moment `began`.
    """
    if clock.instant_travels:
        return clock
    with lake.connect(threads=1) as connection:
        known = connection.execute("select as_of from control.clock where rhythm = ?", [clock.rhythm]).fetchone()
    return clock if known is None else replace(clock, as_of=max(clock.as_of, min(known[0].astimezone(UTC), began)))


def set_clock(lake: Lake, clock: Clock) -> int:
    """Write the clock for the models of its rhythm; returns the beat. A repeated run keeps its beat.

    What the owner has said until now is in the lake from then on, and the first run of a night writes down which
    snapshot of the lake it found (`include/curation/undo.py`).
    """
    read_corrections(lake)
    # The lake has no unique keys: two first runs at one moment would each insert a row.
    with lake.locked(_LOCK), lake.connect(threads=1) as connection:
        if clock.phase == "asleep" and (snapshot := lake.snapshot(connection)):
            _remember_night(lake, clock.night, snapshot)
        connection.begin()
        known = connection.execute("select beat, run_id from control.clock where rhythm = ?", [clock.rhythm]).fetchone()
        beat = 1 if known is None else int(known[0]) + (known[1] != clock.run_id)
        connection.execute("delete from control.clock where rhythm = ?", [clock.rhythm])
        connection.execute(
            "insert into control.clock values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                clock.rhythm,
                clock.as_of,
                beat,
                clock.run_id,
                clock.phase,
                clock.night,
                clock.cycle,
                clock.slow_wave_until,
                clock.rem_until,
                clock.zone,
            ],
        )
        connection.commit()
    return beat


def _remember_night(lake: Lake, night: date, snapshot: int) -> None:
    with connect(lake.store_url) as store:
        store.execute(
            "INSERT INTO codex_processed.nights (night, snapshot_id) VALUES (%s, %s) ON CONFLICT (night) DO UPDATE SET "
            "snapshot_id = excluded.snapshot_id, began_at = now(), undone_by = NULL WHERE nights.undone_by IS NOT NULL",
            [night, snapshot],
        )
