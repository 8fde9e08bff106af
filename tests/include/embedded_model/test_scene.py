"""Place, time, duration and things of a scene."""

from datetime import datetime

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.scene import Thing, duration_minutes, part_of_day, place, things, time_of_day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Walked through the park in Lisbon.", ("park", "allocentric")),
        ("Sat in the kitchen, the cat next to me.", ("kitchen", "egocentric")),
        ("The cat slept next to me.", (None, "egocentric")),
        ("Chatted with the team on Slack.", ("Slack", "virtual")),
        ("You can list them from the command line.", ("terminal", "virtual")),
        ("Bread needs time.", (None, "unknown")),
    ],
)
def test_a_place_and_how_it_is_seen(text, expected):
    assert place(analyse(text)) == expected


def test_a_language_is_no_place():
    assert place(analyse("In Ruby, arrays grow.\n\n```ruby\nputs 1\n```", tags=("ruby",))) == (None, "unknown")


@pytest.mark.parametrize(
    ("text", "hour", "expected"),
    [
        ("Ran along the river.", 7, "morning"),
        ("Ran along the river.", 12, "midday"),
        ("We talked after dinner.", 9, "evening"),
        ("Met Tom at 3pm.", 9, "afternoon"),
        ("Heute morgen im Büro.", 22, "morning"),
        ("Couldn't sleep last night.", 12, "night"),
    ],
)
def test_the_text_tells_the_time_of_day_else_the_clock(text, hour, expected):
    assert time_of_day(analyse(text), datetime.fromisoformat(f"2025-01-01T{hour:02}:00:00")) == expected


def test_without_text_or_clock_the_time_is_unknown():
    assert time_of_day(analyse("Ran."), None) == "unknown"


def test_every_hour_has_a_part_of_the_day():
    parts = [part_of_day(hour) for hour in range(24)]
    assert parts[2] == parts[23] == "night"
    assert {"night", "morning", "midday", "afternoon", "evening"} == set(parts)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("We talked for two hours.", 120),
        ("It took 45 minutes and then another 10 minutes.", 45),
        ("A 30-minute walk.", 30),
        ("Waited for an hour and a half.", 90),
        ("Das dauerte 20 Minuten.", 20),
        ("I saw him two days ago.", None),
        ("There are 7 days in a week.", None),
        ("It lasted for 999999 months.", None),
    ],
)
def test_durations_are_in_minutes(text, minutes):
    assert duration_minutes(analyse(text)) == minutes


def test_a_thing_has_the_use_the_note_gives_it_else_its_common_one():
    found = things(analyse("I used the old scale to weigh flour. The knife was on a table."))
    assert found[0] == Thing("scale", "weigh flour")
    assert Thing("table", "eat or work at") in found


def test_a_command_is_a_thing_for_its_purpose():
    found = things(analyse("Use `sort -u` to drop the repeated lines.\n\n```bash\n$ sort -u\n```"))
    assert found == (Thing("sort -u", "drop the repeated lines"),)


def test_verbs_are_no_things():
    assert things(analyse("I saw him, he can watch and lock and present.")) == ()
