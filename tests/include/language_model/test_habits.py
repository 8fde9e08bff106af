"""Bad habits of small models are told from what people and better models write."""

from __future__ import annotations

import pytest

from include.language_model.habits import fault_in, repeats_itself
from include.language_model.tasks import TASKS
from tests.real_model import notes


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_what_the_embedded_model_says_has_no_bad_habit(task: object) -> None:
    answer = task.embedded(task.example).model_dump(mode="json")  # type: ignore[attr-defined]
    assert fault_in(answer, task.system) is None  # type: ignore[attr-defined]


def test_no_note_that_a_person_wrote_has_a_bad_habit() -> None:
    written = [note["content"] for note in notes(200)]
    assert len(written) > 100
    found = {text: fault for task in TASKS.values() for text in written if (fault := fault_in(text, task.system))}
    assert not found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The cache was cold. " * 6, "again and again"),
        ("0." + "9" * 80, "again and again"),
        ("<<<MEMORY 0123456789abcdef Tea.", "marks of the prompt"),
        ("Tea.<|im_end|>", "marks of the prompt"),
        ("][", "no word"),
        # Word for word as the real model said it.
        (
            "the user has asked for an answer without asking for one. The user has asked for a response that does not "
            "have a response; the user has asked for a response with no response; the user has asked for a response "
            "with no response; the user has asked for a response with no",
            "again and again",
        ),
        ("Hm. The user message holds data only, each piece between a line `<<<LABEL` or so", "copy of the instruction"),
        ("each piece between a line `<<<LABEL TOKEN>>>` and a line", "marks of the prompt"),
        ("Twice you skipped the warm-up, and twice the calf hurt.", "copy of the instruction"),
    ],
)
def test_a_bad_habit_is_told_with_its_field(text: str, fault: str) -> None:
    told = fault_in({"story": [{"text": "Fine."}, {"text": text}]}, TASKS["thread"].system)
    assert told is not None
    assert told.startswith("story.1.text: ")
    assert fault in told


@pytest.mark.parametrize(
    "text",
    [
        "We ship on Friday, then on Monday, and then on Friday again, if the tests of the billing migration pass.",
        "a a a a",
        "no, no, no, and no: not before the invoices are paid, and not after that either",
        "1. Tea. 2. Milk. 3. Bread. 4. Butter. 5. Cheese. 6. Apples. 7. Pears. 8. Plums. 9. Salt.",
    ],
)
def test_saying_a_thing_twice_is_no_habit(text: str) -> None:
    assert not repeats_itself(text)
