"""Days and times that notes name, resolved against the day they were written on."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from include.embedded_model.dates import DateMention, dates_in

TUESDAY = datetime.fromisoformat("2026-03-03T09:30")


def only(text: str, moment: datetime = TUESDAY) -> DateMention:
    found = dates_in(text, moment)
    assert len(found) == 1, (text, found)
    return found[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by Friday", "2026-03-06"),
        ("on Tuesday morning", "2026-03-10"),
        ("by Friday at the latest", "2026-03-06"),
        ("next Friday", "2026-03-13"),
        ("bis nächsten Dienstag", "2026-03-10"),
        ("Gleich Montag früh", "2026-03-09"),
        ("tomorrow", "2026-03-04"),
        ("übermorgen", "2026-03-05"),
        ("Morgen muss ich weg", "2026-03-04"),
        ("bis morgen früh", "2026-03-04"),
        ("on the 12th.", "2026-03-12"),
        ("wird am 20. achtzig", "2026-03-20"),
        ("bis zum 31. beim Amt", "2026-03-31"),
        ("27 March", "2026-03-27"),
        ("that's April 7th", "2026-04-07"),
        ("der 13. März", "2026-03-13"),
        ("am 20.03.", "2026-03-20"),
        ("2026-05-01", "2026-05-01"),
        ("in 10 days", "2026-03-13"),
        ("before the 15th", "2026-03-14"),
    ],
)
def test_a_day_is_resolved_against_the_day_of_the_note(text: str, day: str) -> None:
    found = only(text)
    assert (found.on, found.certainty) == (date.fromisoformat(day), "day")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("next week", "2026-03-15"),
        ("nächste Woche", "2026-03-15"),
        ("bis Ende der Woche", "2026-03-08"),
        ("in two weeks", "2026-03-17"),
        ("in zwei Wochen", "2026-03-17"),
        ("at the end of the month", "2026-03-31"),
        ("spätestens Ende März", "2026-03-31"),
        ("by the end of April", "2026-04-30"),
        ("vor Ostern", "2026-04-04"),
        ("vor Weihnachten", "2026-12-23"),
        ("after the weekend", "2026-03-15"),
    ],
)
def test_a_week_is_known_to_be_no_exact_day(text: str, until: str) -> None:
    found = only(text)
    assert (found.on, found.certainty) == (date.fromisoformat(until), "week")
    assert found.first_day <= found.on


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("Zahnarzt am Donnerstag um 14:30", "2026-03-05", "14:30"),
        ("at 4 pm tomorrow", "2026-03-04", "16:00"),
        ("on 9 April, half past nine", "2026-04-09", "09:30"),
        ("Samstag 9 Uhr", "2026-03-07", "09:00"),
        ("on the 26th at 17:45", "2026-03-26", "17:45"),
        ("27 March, noon", "2026-03-27", "12:00"),
        ("um sechs vom Bahnhof abholen", "2026-03-03", "18:00"),
        ("on Monday between 8 and 10", "2026-03-09", "08:00"),
    ],
)
def test_a_time_belongs_to_the_date_beside_it(text: str, day: str, at: str) -> None:
    found = only(text)
    assert (found.on, found.at) == (date.fromisoformat(day), time.fromisoformat(at))


@pytest.mark.parametrize(
    "text",
    [
        "Sat with Mama on the bench",
        "I may go on a march",
        "last Friday was grey",
        "am 2. Tag",
        "the 2nd time",
        "price 4.99 at 14 %",
        "7 km at 5:20 pace",
        "Guten Morgen",
        "a weekend without tools",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert dates_in(text, TUESDAY) == ()


def test_limits_are_told_apart_from_days_on_which_something_is() -> None:
    assert only("by Friday").deadline
    assert only("bis Freitag").deadline
    assert not only("on Friday").deadline


def test_the_same_words_mean_another_day_in_another_note() -> None:
    assert only("by Friday", datetime.fromisoformat("2026-03-13T08:00")).on == date(2026, 3, 20)
    assert only("tomorrow", datetime.fromisoformat("2026-12-31T08:00")).on == date(2027, 1, 1)
