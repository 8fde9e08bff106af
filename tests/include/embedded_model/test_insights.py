"""What follows from several notes together: rare, dated, in the notes' own words and language, or nothing."""

from __future__ import annotations

from datetime import date, datetime, time

from include.embedded_model.analysis import analyse
from include.embedded_model.changes import Change
from include.embedded_model.insights import LONGEST_INSIGHT, Earlier, Insight, Waiting, insight_of

NOON = datetime.fromisoformat("2026-03-18T12:00:00")


def told(text: str, *earlier: tuple[str, str], moment: datetime = NOON) -> Insight | None:
    return insight_of(analyse(text), moment, [Earlier(day, analyse(said)) for day, said in earlier], [], [])


def test_a_mishap_recurs_where_kind_and_thing_are_the_same_and_the_words_are_not() -> None:
    found = told(
        "Forgot the charger at the office, so no slides.",
        ("2026-03-04", "I forgot my charger on the train."),
        ("2026-03-09", "The train was late and full."),
        ("2026-03-11", "Charger forgotten again, borrowed Priya's."),
    )
    assert found is not None
    assert found.notes == (0, 2)
    assert found.kind == "pattern"
    assert found.text.startswith("For the third time, \u201ccharger\u201d. 2026-03-04: ")


def test_it_is_told_in_the_language_of_the_note() -> None:
    found = told(
        "Heute das Ladegerät schon wieder im Büro vergessen.", ("2026-03-04", "Das Ladegerät habe ich vergessen.")
    )
    assert found is not None
    assert found.text.startswith("Zum zweiten Mal, \u201eLadegerät\u201c. 2026-03-04: ")


def test_nothing_recurs_within_a_day_nor_where_it_is_denied_wondered_at_or_saved_twice() -> None:
    earlier = ("2026-03-04", "I forgot my charger on the train.")
    assert told("Forgot the charger.", ("2026-03-18", earlier[1])) is None
    assert (
        told("Did not forget my charger, nobody forgot a charger.", ("2026-03-04", "Never forgot a charger.")) is None
    )
    assert told("What if I forgot my charger?", earlier) is None
    assert told(earlier[1], earlier) is None
    assert told("Forgot the umbrella.", earlier) is None


def test_two_things_at_one_time_are_told_and_one_thing_noted_twice_is_not() -> None:
    note = analyse("Dentist on Friday at 10:00.")
    friday = date(2026, 3, 20)
    clash = insight_of(note, NOON, [], [], [Waiting("2026-03-10", "meet the printer", friday, time(10, 15))])
    assert clash is not None
    assert "2026-03-20 10:00" in clash.text
    assert "meet the printer (noted on 2026-03-10)" in clash.text
    for other in (
        Waiting("2026-03-10", "meet the printer", friday, time(11)),
        Waiting("2026-03-10", "meet the printer", date(2026, 3, 21), time(10)),
        Waiting("2026-03-10", "dentist", friday, time(10)),
    ):
        assert insight_of(note, NOON, [], [], [other]) is None


def test_a_mind_that_changed_is_told_with_its_day_and_a_moved_plan_is_not() -> None:
    earlier = [Earlier("2026-03-01", analyse("Bread lacks kneading."))]
    change = Change("fact corrected", "bread", "Bread lacks kneading.", "It lacks time.", 0.9)
    found = insight_of(analyse("It lacks time."), NOON, earlier, [(0, change)], [])
    assert found == Insight(
        "On 2026-03-01 it was otherwise: \u201cBread lacks kneading.\u201d Now: \u201cIt lacks time.\u201d",
        "observation",
        0.9,
        (0,),
    )
    moved = Change("plan moved", "bread", "Baking on Friday.", "Baking on Monday.", 0.9)
    assert insight_of(analyse("It lacks time."), NOON, earlier, [(0, moved)], []) is None


def test_it_is_never_longer_than_an_answer_may_be() -> None:
    long = "I forgot my charger " + "and walked on and on " * 30
    found = told(long, ("2026-03-04", long + "home."), ("2026-03-05", long + "away."))
    assert found is None or len(found.text) <= LONGEST_INSIGHT
