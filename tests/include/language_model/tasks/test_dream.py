"""A dream between two threads, and the choice between two dreams."""

import pytest
from pydantic import ValidationError

from include.language_model.tasks.dream import DREAM, Dream, OpenPointAndNote, ThreadNote
from include.language_model.tasks.dream_choice import DREAM_CHOICE, Draft, TwoDrafts


def test_the_fields_are_those_the_dbt_models_read():
    assert list(Dream.model_fields) == ["connection", "shared_theme", "plausibility", "novelty"]
    assert list(OpenPointAndNote.model_fields) == ["open_point", "due", "concerned", "other"]
    assert list(ThreadNote.model_fields) == ["thread", "date", "text"]
    assert list(Draft.model_fields) == ["open_point", "connection", "plausibility", "novelty"]


@pytest.mark.parametrize("connection", ["too short", "x" * 601])
def test_a_connection_has_20_to_600_characters(connection):
    with pytest.raises(ValidationError):
        Dream(connection=connection, shared_theme="t", plausibility=0.5, novelty=0.5)


def test_every_field_is_required_so_that_an_empty_answer_is_none():
    for task in (DREAM, DREAM_CHOICE):
        assert task.schema["required"] == list(task.answer_type.model_fields)


def test_a_dream_is_the_open_point_what_both_notes_hold_and_each_note_with_its_date():
    answer = DREAM.embedded(DREAM.example)
    assert answer.shared_theme == "relay"
    for part in (
        "find out why the relay of the pump clicks in vain",
        "The pump in the cellar",
        "Choir on Thursdays",
        "2026-03-02",
    ):
        assert part in answer.connection
    assert "2026-02-12: Organ broke down in the cold" in answer.connection
    assert answer.plausibility >= 0.3


def test_notes_that_share_nothing_rare_bring_no_dream():
    other = ThreadNote(thread="Garden", date="2026-02-10", text="Good day in the garden. The first beans are up.")
    answer = DREAM.embedded(DREAM.example.model_copy(update={"other": other}))
    assert answer == Dream(connection=None, shared_theme=None, plausibility=0, novelty=0)


def test_how_freely_it_dreams_is_a_parameter_and_part_of_what_answers_are_kept_by(monkeypatch):
    from include.parameters import parameters

    bold = parameters().model_copy(update={"rem_creativity_factor": 1.2})
    before = DREAM.contract("m", "d")
    assert DREAM.temperature == parameters().rem_creativity_factor
    monkeypatch.setattr("include.parameters.parameters", lambda: bold)
    assert DREAM.temperature == 1.2
    assert DREAM.contract("m", "d") != before


def test_the_likelier_dream_is_chosen_whichever_comes_first():
    one, other = DREAM_CHOICE.example.first, DREAM_CHOICE.example.second
    assert DREAM_CHOICE.embedded(TwoDrafts(first=one, second=other)).better == "first"
    assert DREAM_CHOICE.embedded(TwoDrafts(first=other, second=one)).better == "second"
    assert DREAM_CHOICE.embedded(TwoDrafts(first=other)).better == "first"
