"""Which nights are lived through, when what happens in them, and the pictures of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.errors import CodexError
from include.parameters import validated, written
from include.rhythms.sleep_plan import SleepPlan
from include.timelapse.nights import beats_of, nights_between
from include.timelapse.observations import Sheet
from include.timelapse.pictures import draw_all

PLAN = SleepPlan.of(validated(written()), ZoneInfo("Europe/Berlin"))
DAY = timedelta(days=1)
NINE = datetime.fromisoformat("2026-03-02T09:00:00")


def test_nights_come_one_each_step_with_both_ends() -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 15)
    assert len(nights_between(first, last, DAY)) == 15
    assert nights_between(first, last, 7 * DAY) == [first, date(2026, 3, 8), last]
    assert nights_between(first, first, DAY) == [first]


@pytest.mark.parametrize(
    ("last", "every", "told"),
    [(date(2026, 2, 1), DAY, "is before the first"), (date(2026, 4, 1), timedelta(hours=6), "must be whole days")],
)
def test_nights_that_are_none_are_refused(last: date, every: timedelta, told: str) -> None:
    with pytest.raises(CodexError, match=told):
        nights_between(date(2026, 3, 1), last, every)


@pytest.mark.parametrize("night", [date(2026, 3, 4), date(2026, 3, 28), date(2026, 10, 24)])
def test_a_night_is_the_day_then_cycles_on_sunday_the_balance_and_the_morning(night: date) -> None:
    beats = list(beats_of(night, PLAN))
    instants = [instant for _, instant in beats]
    assert all(earlier <= later for earlier, later in pairwise(instants)), "time never goes back"
    names = [rhythm.dag_id for rhythm, _ in beats]
    assert names[:4] == ["working_memory", "short_term_memory", "hippocampal_replay", "insights"]
    assert names[4:19] == ["hippocampal_replay", "deep_sleep", "rem_sleep"] * 5
    balance = ["synaptic_homeostasis"] if (night + DAY).weekday() == 6 else []
    assert names[19:] == [*balance, "awakening"]
    cycles = [PLAN.cycle_at(instant) for instant in instants]
    assert cycles[:4] == [0] * 4
    assert cycles[4:19] == [cycle for cycle in range(1, 6) for _ in range(3)]


def sheets() -> dict[str, Sheet]:
    nights = [date(2026, 3, 1) + count * DAY for count in range(14)]
    zone = ZoneInfo("Europe/Berlin")
    cycles = [
        tuple(at.astimezone(zone) for at in (PLAN.cycle_start(nights[0], c), PLAN.rem_start(nights[0], c),
                                             PLAN.cycle_start(nights[0], c + 1)))
        for c in range(1, 6)
    ]  # fmt: skip
    return {
        "followed": Sheet(
            ("memory_id", "title", "at", "retrievability", "stability_days"),
            [("a", "costs $5", datetime(2026, 3, day, tzinfo=UTC), 1 / day, 1.0) for day in range(1, 9)],
        ),
        "fading": Sheet(
            ("night", "stability", "days_since", "memories", "retrievability_sum"),
            [(night, "under 2 days", float(day), 2, 2 / (day + 1)) for day, night in enumerate(nights)],
        ),
        "weights": Sheet(
            ("night", "links", "mean", "q05", "q25", "q50", "q75", "q95"),
            [(night, 10, 0.2, 0.05, 0.1, 0.2, 0.3, 0.4) for night in nights],
        ),
        "weight_bins": Sheet(
            ("night", "weight_from", "weight_to", "links"), [(night, 0.2, 0.22, 10) for night in nights]
        ),
        "attention": Sheet(
            ("local_time", "window_start", "fate", "in_focus", "priority", "title"),
            [
                (NINE + timedelta(minutes=2), NINE, "attended", True, 0.5, "a"),
                (NINE + timedelta(minutes=3), NINE, "unattended", False, 0.1, "b"),
                (NINE + timedelta(minutes=4), NINE, "filtered", False, None, "c"),
            ],
        ),
        "hypnogram": Sheet(
            ("night", "slow_wave_from", "rem_from", "rem_to", "cycle", "new_replays", "old_replays", "dreams"),
            [(nights[0], *times, cycle, 6 - cycle, 1, cycle) for cycle, times in enumerate(cycles, start=1)],
        ),
    }


def test_every_picture_is_drawn_twice_and_the_same_numbers_give_the_same_picture(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        drawn = draw_all(sheets(), folder)
    names = {"forgetting", "weights", "attention", "hypnogram"}
    assert {path.name for path in drawn} == {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    for path in drawn:
        assert path.read_bytes() == (one / path.name).read_bytes()
        assert path.stat().st_size > 5000


def test_what_was_not_seen_is_not_drawn(tmp_path: Path) -> None:
    empty = {name: Sheet(sheet.columns, []) for name, sheet in sheets().items()}
    assert draw_all(empty, tmp_path) == []
