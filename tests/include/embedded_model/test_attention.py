"""Importance and urgency order notes as a person would."""

from datetime import datetime

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.attention import deadline_in_days, importance, urgency
from include.embedded_model.feeling import feeling_of

TUESDAY = datetime.fromisoformat("2025-03-04T10:00:00")


def important(text):
    analysis = analyse(text)
    return importance(analysis, feeling_of(analysis))


def urgent(text, now=TUESDAY):
    analysis = analyse(text)
    return urgency(analysis, feeling_of(analysis), now)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("haha ok see you!", "We agreed to close the Lisbon office in June."),
        ("That's cool! Thanks!", "I learned that the cache never hit because its key held a timestamp."),
        ("How are you?", "The doctor found the cause of the pain: I need surgery on the knee."),
        ("The weather is nice.", "I decided to quit my job and move to Berlin with Sarah."),
        ("Nice picture.", "I promised Ben to review his roadmap once a month."),
    ],
)
def test_what_changes_something_outweighs_small_talk(less, more):
    assert important(more) > important(less) + 0.25


def test_small_talk_is_below_and_decisions_above_the_middle():
    assert important("haha ok see you tomorrow!") < 0.2
    assert important("Decided to accept the offer from Siemens: 15% more salary, start on 1 May.") > 0.7


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("The report is due by Friday.", 2.6),
        ("Send the contract by 14 March 2025.", 9.6),
        ("Das muss bis morgen fertig sein.", 0.5),
        ("We walked by the river until we were tired.", None),
        ("It was done by Anna.", None),
        ("Due 3 March 2020.", None),
    ],
)
def test_deadlines_are_read_from_the_owners_clock(text, days):
    found = deadline_in_days(analyse(text), TUESDAY)
    assert (found is None) == (days is None)
    if days is not None:
        assert found == pytest.approx(days, abs=1.0)


def test_a_clock_at_the_end_of_the_calendar_does_no_harm():
    assert deadline_in_days(analyse("Due by Friday."), datetime.fromisoformat("9999-12-31T23:59:00")) is None


def test_without_a_clock_there_is_no_deadline():
    assert deadline_in_days(analyse("Due by Friday."), None) is None


def test_the_nearer_the_deadline_the_more_urgent():
    near, far = urgent("Hand in the report by tomorrow."), urgent("Hand in the report by 30 March 2025.")
    assert near > far > urgent("Handed in the report.")


@pytest.mark.parametrize(
    "text",
    ["URGENT: production is down, call Marcus now!", "Reply to the lawyer immediately, the deadline is tomorrow."],
)
def test_alarms_are_urgent(text):
    assert urgent(text) > 0.6


@pytest.mark.parametrize("text", ["I love this old song.", "You must have been so happy!", "Talk to you soon, bye!"])
def test_idle_remarks_are_not(text):
    assert urgent(text) < 0.3


def test_open_boxes_are_more_urgent_than_ticked_ones():
    assert urgent("- [ ] book dentist\n- [ ] pay rent") > urgent("- [x] book dentist\n- [x] pay rent")
