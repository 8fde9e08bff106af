"""The sleep plan's laws: whatever the zone, the date, the bedtime and the cycles, a night is a night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from include.errors import CodexError
from include.parameters import validated, written
from include.rhythms.sleep_plan import SleepPlan

# Ahead and behind, by half and quarter hours, north and south, with and without daylight saving (half an hour of it on
# Lord Howe).
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Honolulu",
)
DAY = timedelta(days=1)


@st.composite
def shares(draw: st.DrawFn, cycles: int) -> list[float]:
    parts = draw(st.lists(st.integers(1, 100), min_size=cycles, max_size=cycles))
    return [part / sum(parts) for part in parts]


@st.composite
def plans(draw: st.DrawFn) -> SleepPlan:
    cycles = draw(st.integers(4, 6))
    changes = {
        "sleep_cycles": cycles,
        "sleep_cycle_minutes": draw(st.integers(70, 120)),
        "bedtime": draw(st.times(min_value=time(0))).strftime("%H:%M"),
        "slow_wave_shares": draw(shares(cycles)),
        "rem_shares": draw(shares(cycles)),
    }
    try:
        known = validated(written() | changes)
    except CodexError:  # a night that would not end by noon
        assume(False)
    return SleepPlan.of(known, ZoneInfo(draw(st.sampled_from(ZONES))))


NIGHTS = st.dates(date(2015, 1, 1), date(2037, 12, 30))
BERLIN = SleepPlan.of(validated(written()), ZoneInfo("Europe/Berlin"))
LATE = SleepPlan(time(1), 6, timedelta(minutes=110), (1 / 6,) * 6, (1 / 6,) * 6, ZoneInfo("Europe/Berlin"))


@settings(max_examples=50, deadline=None)
@given(plans(), NIGHTS)
@example(BERLIN, date(2026, 3, 28))
@example(BERLIN, date(2026, 10, 24))
def test_cycles_follow_one_another_and_last_equally_long(plan: SleepPlan, night: date) -> None:
    starts = [plan.cycle_start(night, cycle) for cycle in range(1, plan.cycles + 2)]
    assert {later - earlier for earlier, later in pairwise(starts)} == {plan.cycle_length}
    assert plan.cycle_start(night + DAY, 1) >= starts[-1], "nobody goes to bed before they are up"


@settings(max_examples=50, deadline=None)
@given(plans(), NIGHTS, st.floats(0, 0.999))
@example(LATE, date(2026, 3, 28), 0.9)  # up at noon, but the clocks say one
def test_every_instant_of_a_cycle_belongs_to_it_and_to_its_night(plan: SleepPlan, night: date, share: float) -> None:
    for cycle in range(1, plan.cycles + 1):
        instant = plan.cycle_start(night, cycle) + plan.cycle_length * share
        assert (plan.night_of(instant), plan.cycle_at(instant)) == (night, cycle)
    assert plan.cycle_at(plan.cycle_start(night, 1) - timedelta(seconds=1)) == 0
    assert plan.cycle_at(plan.cycle_start(night, plan.cycles + 1)) == 0


@settings(max_examples=50, deadline=None)
@given(plans(), NIGHTS)
def test_one_goes_to_bed_at_bedtime_by_the_clock_on_the_wall(plan: SleepPlan, night: date) -> None:
    asleep = plan.cycle_start(night, 1).astimezone(plan.zone)
    written_time = datetime.combine(asleep.date(), plan.bedtime, plan.zone)
    exists = written_time.astimezone(UTC).astimezone(plan.zone).replace(tzinfo=None) == written_time.replace(
        tzinfo=None
    )
    assume(exists)  # on a spring night the clock may skip it
    assert asleep.time() == plan.bedtime
    assert plan.night_of(asleep) == night


@settings(max_examples=50, deadline=None)
@given(plans())
def test_what_is_due_by_a_cycle_grows_to_the_whole_night(plan: SleepPlan) -> None:
    for until, parts in ((plan.slow_wave_until, plan.slow_wave_shares), (plan.rem_until, plan.rem_shares)):
        due = [until(cycle) for cycle in range(1, plan.cycles + 1)]
        assert all(later > earlier for earlier, later in pairwise([0.0, *due]))
        assert all(abs(a - b) < 1e-9 for a, b in zip(due, accumulate(parts), strict=True))
        assert abs(due[-1] - 1) < 1e-9
        assert until(0) == 1


@settings(max_examples=50, deadline=None)
@given(plans(), st.integers(0, 50), st.sets(st.integers(1, 6)))
def test_missed_cycles_are_made_up_and_nothing_is_doubled(plan: SleepPlan, whole: int, slept: set[int]) -> None:
    # What replay and dreams do: due so far, less what the night gave already (replay_plan, rem_pairs).
    done = 0
    for cycle in sorted(slept & set(range(1, plan.cycles + 1))):
        for _ in range(2):  # a repeated run adds nothing
            done += max(0, round(whole * plan.slow_wave_until(cycle)) - done)
        assert done == round(whole * plan.slow_wave_until(cycle))
    assert done <= whole
    if plan.cycles in slept:
        assert done == whole


@settings(max_examples=50, deadline=None)
@given(plans(), NIGHTS)
def test_dreams_close_a_cycle_after_its_slow_waves(plan: SleepPlan, night: date) -> None:
    for cycle in range(1, plan.cycles + 1):
        start, end = plan.cycle_start(night, cycle), plan.cycle_start(night, cycle + 1)
        assert start + plan.cycle_length / 2 <= plan.rem_start(night, cycle) < end
