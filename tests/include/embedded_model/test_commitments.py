"""Who owes what to whom, by when: found by grammar, in English and German, and what is none."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from include.embedded_model.analysis import analyse
from include.embedded_model.commitments import OWNER, Commitment, commitments
from tests.planted.score import score_commitments

TUESDAY = datetime.fromisoformat("2026-03-03T09:30")


def found(text: str) -> tuple[Commitment, ...]:
    return commitments(analyse(text), TUESDAY)


def only(text: str) -> Commitment:
    [commitment] = found(text)
    return commitment


@pytest.mark.parametrize(
    ("text", "who", "to_whom", "due"),
    [
        ("I told Sam I'd drop off the keys on Sunday.", OWNER, "Sam", "2026-03-08"),
        ("Promised mum I'd call her back tonight.", OWNER, "mum", "2026-03-03"),
        ("gotta email Rachel the itinerary before Thursday", OWNER, "Rachel", "2026-03-04"),
        ("Ben will lend me his projector on Saturday.", "Ben", OWNER, "2026-03-07"),
        ("Marta said she'd get back to me by Monday.", "Marta", OWNER, "2026-03-09"),
        ("My boss asked me to draft the quarterly report by Wednesday noon.", OWNER, "boss", "2026-03-04"),
        ("Leo promised to bring my bike back on Friday.", "Leo", OWNER, "2026-03-06"),
        ("Ich hab Mama versprochen, bis Freitag Bescheid zu geben.", OWNER, "Mama", "2026-03-06"),
        ("Lukas bringt mir am Mittwoch das Buch zurück.", "Lukas", OWNER, "2026-03-04"),
        ("Frau Meier wartet auf meine Unterlagen.", OWNER, "Frau Meier", None),
        ("Ich schulde Jan noch 20 Euro.", OWNER, "Jan", None),
    ],
)
def test_it_is_known_who_owes_it_to_whom_and_by_when(text: str, who: str, to_whom: str, due: str | None) -> None:
    commitment = only(text)
    assert (commitment.who, commitment.to_whom) == (who, to_whom)
    assert commitment.due == (date.fromisoformat(due) if due else None)
    assert commitment.evidence == text


@pytest.mark.parametrize(
    "text",
    [
        "Need to pay the electricity bill by the 10th.",
        "Remember to pick up the dry cleaning tomorrow.",
        "The library books are due on March 12.",
        "Deadline for the tax return is 31 July.",
        "to do: renew passport",
        "cancel gym membership by the 31st!!",
        "Don't let me forget the lightbulb in the cellar",
        "Staff rota for April has to go up by Friday",
        "Nicht vergessen: Müll rausbringen!",
        "Ich muss bis Freitag die Steuererklärung abgeben.",
        "Bis Montag das Gutachten lesen und unterschreiben.",
        "Denk dran: Geburtstagskarte für Papa kaufen",
        "Das Fahrrad muss unbedingt zur Reparatur.",
        "Abgabe der Hausarbeit: 30. April.",
    ],
)
def test_reminders_duties_and_deadlines_are_the_owners(text: str) -> None:
    assert only(text).who == OWNER


@pytest.mark.parametrize(
    "text",
    [
        "If I had a second desk I would leave the wet sheets out overnight.",
        "I should have booked the cabin in January.",
        "We might do a stall at the spring fair.",
        "I used to draw every morning for an hour before opening mail.",
        "In 2019 we promised the fishermen a map of the cables.",
        'He said: "I\'ll call you tomorrow, I swear on my mother."',
        "Jonas has to hand in his thesis chapter on Monday.",
        "Lars has to give a talk in Bremen next week.",
        "He says he'll buy the paint himself.",
        "Anders muss am Montag nach Berlin, der Arme.",
        "Should we replace the whole set by Friday?",
        "They would need forty spots by April, would I have time? I said no.",
        "One should really archive the originals in acid-free boxes.",
        "When you glaze, you have to let every layer dry.",
        "Wir sollten öfter in den Wald.",
        "To compile the firmware you must set `BOARD=mk3` first, with `make -B`.",
        "When I need to undo a commit I have to run `git reset`, then I'll run `git push`.",
    ],
)
def test_what_would_be_was_or_others_do_is_no_commitment(text: str) -> None:
    assert found(text) == ()


def test_an_occasion_is_kept_with_its_time() -> None:
    dentist = only("Zahnarzt am Donnerstag um 14:30")
    assert (dentist.kind, dentist.due, dentist.due_time) == ("appointment", date(2026, 3, 5), time(14, 30))
    assert dentist.what == "Zahnarzt"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Told the team I'll be at the hospital tomorrow.", "appointment"),
        ("I'll go to Quay Street on Wednesday and carry the water up.", "appointment"),
        ("I have to go to the bank by Friday.", "task"),
        ("I'll send Anna the photos on Wednesday.", "task"),
    ],
)
def test_to_be_somewhere_on_a_day_is_over_with_the_day(text: str, kind: str) -> None:
    assert only(text).kind == kind


def test_a_wish_for_oneself_is_no_commitment() -> None:
    assert found("I need to find a calm moment this week.") == ()


def test_open_boxes_of_a_list_are_commitments_and_a_form_is_none() -> None:
    listed = found("Todo heute:\n- [ ] Rechnung schreiben\n- [x] Papier bestellt\n- [ ] Windeln")
    assert [(item.what, item.due) for item in listed] == [
        ("Rechnung schreiben", date(2026, 3, 3)),
        ("Windeln", date(2026, 3, 3)),
    ]
    assert found("On the door, so that anybody can pack it:\n- [ ] bathroom: toothbrush\n- [ ] keys, gas off") == ()


def test_one_sentence_holds_several_and_a_repetition_is_one() -> None:
    both = found("I'll call Anna on Friday and I need to pay the rent by Thursday.")
    assert [item.what for item in both] == ["call Anna", "pay the rent"]
    assert len(found("I need to pay the rent by Thursday. Don't forget to pay the rent!")) == 1


def test_without_a_time_of_writing_there_are_no_dates() -> None:
    [commitment] = commitments(analyse("I have to send Kim the invoice by Friday."), None)
    assert (commitment.due, commitment.certainty) == (None, "none")


@pytest.mark.parametrize(("part", "least"), [("choosing", 0.85), ("held_out", 0.7)])
def test_most_planted_commitments_are_found_with_their_dates(part: str, least: float) -> None:
    """F1 of what and when over the planted notes; no rule was chosen by the held-out ones."""
    assert score_commitments(part).f1_with_due >= least
