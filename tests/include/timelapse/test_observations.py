"""What a time-lapse looks at in the morning follows from how each memory stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from include.lake.connection import configured_lake
from include.timelapse.nights import LivedNight
from include.timelapse.observations import Observations
from tests.conftest import World

MORNING = datetime.fromisoformat("2026-03-10T06:00:00+00:00")


def test_recall_is_told_for_each_morning_by_stability_and_days_since(world: World, tmp_path: Path) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            """
            insert into long_term.ltm_strength by name
            select
                uuid() as memory_id, $morning::timestamptz - to_days(days) as last_event_at,
                stability as stability_days, 2 as access_count, is_archived
            from (values (5, 5.0, false), (5, 5.0, false), (0, 40.0, false), (90, 1.0, true))
                as known (days, stability, is_archived)
            """,
            {"morning": MORNING},
        )
    observed = Observations()
    for done, night in enumerate((date(2026, 3, 9), date(2026, 3, 14)), start=1):
        morning = MORNING + timedelta(days=5 * (done - 1))
        observed.look(LivedNight(night, morning, done, 2, 0.0, configured_lake()))
    observed.conclude()

    # R is 0.9 where days are the stability, 1 at once; 5 days later, of 5 days' stability, (1 + 19/81·2)^-½ = 0.8250.
    first, second = (observed.sheets["fading"].where("night", night).rows for night in observed_nights(observed))
    assert [row[1:4] for row in first] == [("2 to 7 days", 5, 2), ("30 days and more", 0, 1), ("under 2 days", 90, 1)]
    assert [row[4] for row in first[:2]] == [pytest.approx(1.8), pytest.approx(1)]
    assert second[0][1:] == ("2 to 7 days", 10, 2, pytest.approx(2 * 0.825029, abs=1e-5))
    nights = observed.sheets["nights"]
    assert nights.column("median_retrievability") == [pytest.approx(0.9), pytest.approx(0.825029, abs=1e-5)]
    assert nights.column("median_stability_days") == [5, 5], "what is archived does not count"
    # Between two mornings each is looked at four times a day.
    followed = observed.sheets["followed"]
    assert len(followed.rows) == 4 * (5 * 4 + 1)
    assert set(followed.column("retrievals")) == {2}


def observed_nights(observed: Observations) -> list[date]:
    return [date.fromisoformat(str(night)[:10]) for night in observed.sheets["nights"].column("night")]
