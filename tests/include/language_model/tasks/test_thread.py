"""The telling of a thread: what is asked, and what an answer must hold."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from include.language_model.tasks.thread import MOST_NOTES, THREAD, DatedNote, ThreadNotes, ThreadTelling


def _empty() -> dict[str, object]:
    return {"title": None, "story": [], "recurs": [], "changed": [], "open": [], "next": [], "sentence": None}


def test_every_field_is_required_and_empty_is_an_answer() -> None:
    assert ThreadTelling.model_validate(_empty()).title is None
    assert set(THREAD.schema["required"]) == set(_empty())
    for field in _empty():
        with pytest.raises(ValidationError):
            ThreadTelling.model_validate({name: value for name, value in _empty().items() if name != field})


def test_an_item_without_notes_is_refused() -> None:
    for notes in ([], [0], [MOST_NOTES + 1]):
        with pytest.raises(ValidationError):
            ThreadTelling.model_validate(_empty() | {"title": "Running", "open": [{"text": "Why?", "notes": notes}]})


def test_notes_without_a_subject_have_no_story() -> None:
    with pytest.raises(ValidationError, match="no story"):
        ThreadTelling.model_validate(_empty() | {"story": [{"text": "It rained.", "notes": [1]}]})


def test_the_notes_are_numbered_and_dated_and_all_fit() -> None:
    notes = [DatedNote(date="2026-03-02", text="the river " * 200) for _ in range(MOST_NOTES)]
    asked = THREAD.render(ThreadNotes(notes=notes, today="2026-04-01"))
    assert "1. 2026-03-02: the river" in asked
    assert f"{MOST_NOTES}. 2026-03-02: the river" in asked


def test_the_embedded_model_tells_only_what_the_notes_say() -> None:
    told = THREAD.embedded(THREAD.example)
    assert told.title is not None
    for item in (*told.story, *told.recurs, *told.open):
        assert all(item.text in THREAD.example.notes[number - 1].text for number in item.notes[-1:])
    assert ThreadTelling.model_validate_json(told.model_dump_json()) == told
