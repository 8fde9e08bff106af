"""A dream: what a note of one thread has to give to an open point of another; mostly nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from include.embedded_model import connections
from include.language_model.prompting import cut, delimited, system_prompt
from include.language_model.task import ModelTask, Name, TaskAnswer, TaskInput, Unit

CHARACTERS = 1_500
"""Of a longer note its head and tail."""


class ThreadNote(BaseModel):
    """A dated note, and the thread that it is of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thread: str
    """The thread's title."""
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """The owner's local date."""
    text: str


class OpenPointAndNote(TaskInput):
    """An open point with the note that holds it, and a note of another thread."""

    open_point: str
    due: str | None = None
    """YYYY-MM-DD."""
    concerned: ThreadNote
    other: ThreadNote


class Dream(TaskAnswer):
    """What the other note gives to the open point. Without a connection there is no theme, and nothing plausible."""

    connection: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=20, max_length=connections.LONGEST_CONNECTION)
        ]
        | None
    )
    shared_theme: Name | None
    plausibility: Unit
    novelty: Unit


def _render(asked: OpenPointAndNote) -> str:
    def told(note: ThreadNote) -> str:
        return f"Thread: {note.thread}\nNote of {note.date}: {cut(note.text, CHARACTERS)}"

    return delimited(
        {
            "OPEN": asked.open_point + (f" (due {asked.due})" if asked.due else ""),
            "OPEN_IN": told(asked.concerned),
            "OTHER": told(asked.other),
        }
    )


def _embedded(asked: OpenPointAndNote) -> Dream:
    def note(given: ThreadNote) -> connections.Note:
        return connections.Note(given.thread, given.date, given.text)

    point = asked.open_point + (f" ({asked.due})" if asked.due else "")
    found = connections.connect(note(asked.other), note(asked.concerned), point)
    if found is None or len(found.text) < 20 or not found.theme.strip():
        return Dream(connection=None, shared_theme=None, plausibility=0.0, novelty=0.0)
    return Dream(
        connection=found.text, shared_theme=found.theme, plausibility=found.plausibility, novelty=found.novelty
    )


DREAM: ModelTask[OpenPointAndNote, Dream] = ModelTask(
    name="dream",
    version="1",
    input_type=OpenPointAndNote,
    answer_type=Dream,
    system=system_prompt(
        "You look for what one thread of a person's notes has to give to an open point of another. OPEN is the open "
        "point, OPEN_IN its thread and note, OTHER the other thread and a note of it. A method, a fact, a person or a "
        "lesson of OTHER that would help with OPEN is what you look for; no metaphor and no general wisdom. Mostly "
        "there is nothing: null is the usual answer.",
        {
            "connection": "what of OTHER helps OPEN and how, in two or three sentences of together at most 600 "
            "characters, to the person as 'you', with something concrete of both notes and their dates; null where "
            "nothing does",
            "shared_theme": "what both have in common, in one to three words; null without a connection",
            "plausibility": "0 to 1, how sure it is that this would help; 0 without a connection",
            "novelty": "0 to 1, how unlikely the person is to have thought of it; 0 without a connection",
        },
        language="the language of OPEN",
    ),
    render=_render,
    embedded=_embedded,
    example=OpenPointAndNote(
        open_point="find out why the relay of the pump clicks in vain",
        due="2026-03-09",
        concerned=ThreadNote(
            thread="The pump in the cellar",
            date="2026-03-02",
            text="The pump stopped again at night. The relay clicks, then nothing. Find out why until Monday.",
        ),
        other=ThreadNote(
            thread="Choir on Thursdays",
            date="2026-02-12",
            text="Organ broke down in the cold: the organ builder says a relay sticks below five degrees, a drop of "
            "contact cleaner is enough.",
        ),
    ),
    temperature_of=lambda given: given.rem_creativity_factor,
)
