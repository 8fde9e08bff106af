"""Goals, tasks, actions, causes and times, in the note's own words."""

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.intentions import (
    actions,
    causes,
    clause,
    goal,
    kind_of_deed,
    tasks,
    temporal_marker,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to ship the billing migration before summer.", "ship the billing migration before summer"),
        ("We decided to close the office.", "close the office"),
        ("I'm trying to learn the violin, but it is hard.", "learn the violin"),
        ("My goal is to run a marathon.", "run a marathon"),
        ("To list the largest files, sort by size.", "list the largest files"),
        ("# Check The Syntax Of nginx Files\n\nSome text here.", "check the syntax of nginx files"),
        ("# Simulating Slow Networks\n\nSome text here.", "simulate slow networks"),
        ("It rained all day.", None),
        ("# Zero Padding\n\nSome text.", None),
        ("I want a dog.", None),
    ],
)
def test_a_goal_is_a_phrase_that_starts_with_a_verb(text, expected):
    assert goal(analyse(text)) == expected


def test_the_context_tells_the_goal_when_the_note_does_not():
    assert goal(analyse("Done."), "I want to tidy the garage") == "tidy the garage"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I need to call the bank. I must renew the passport.", ("call the bank", "renew the passport")),
        ("- [ ] buy milk\n- [x] pay rent", ("buy milk",)),
        ("Don't forget to water the plants.", ("water the plants",)),
        ("Practice pausing after each slide.", ("practice pausing after each slide",)),
        ("Ich muss noch die Kunden anschreiben.", ("die Kunden anschreiben",)),
        ("See the manual for more details.", ()),
        ("The test is failing.", ()),
    ],
)
def test_tasks_are_what_is_left_to_do(text, expected):
    assert tasks(analyse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I fixed the printer and then called Anna.", ("fixed the printer",)),
        ("Lost my job as a banker yesterday.", ("lost my job as a banker yesterday",)),
        ("- [x] paid the rent", ("paid the rent",)),
        ("I felt tired and I thought about it.", ()),
        ("Did you fix it?", ()),
        ("I have read the report.", ("read the report",)),
    ],
)
def test_actions_are_what_was_done(text, expected):
    assert actions(analyse(text)) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The deploy failed because the table was locked.", True),
        ("Weil der Teig kalt war, ging er nicht auf.", True),
        ("The heat led to a crack in the wall.", True),
        ("Why is that? Because.", False),
        ("The table was locked.", False),
    ],
)
def test_causes_hold_both_sides(text, found):
    assert bool(causes(analyse(text))) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("After the stand-up I rewrote the query.", "after the stand-up"),
        ("We met before the long meeting with Anna.", "before the long meeting with anna"),
        ("Yesterday it rained.", "yesterday"),
        ("Nach dem Essen gingen wir.", "nach dem essen"),
        ("It is what it is.", None),
    ],
)
def test_a_temporal_marker_is_the_notes_own(text, expected):
    assert temporal_marker(analyse(text)) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I want to run a marathon and hope to finish.", "goal"),
        ("- [ ] buy milk\n- [ ] call Tom", "task"),
        ("I fixed the printer. Then we ate soup.", "action"),
        ("Octopuses have three hearts.", "observation"),
        ("Use the flag to print it.\n\n```bash\n$ ls -1\n```", "observation"),
    ],
)
def test_the_kind_of_a_note(text, kind):
    assert kind_of_deed(analyse(text)) == kind


def test_a_clause_is_short_and_ends_on_no_waiting_word():
    assert clause("fix the bug because it hurts") == "fix the bug"
    words = clause("carry the old table and the new chair over the long and winding and the wide road").split()
    assert len(words) <= 14
    assert words[-1] not in {"and", "the", "over"}
