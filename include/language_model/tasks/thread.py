"""What a thread of notes tells: its story so far, what recurs, what changed, what is open, what could be next."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from include.embedded_model import stories
from include.language_model.prompting import cut, delimited, system_prompt
from include.language_model.task import ModelTask, Name, Phrase, TaskAnswer, TaskInput

MOST_NOTES = 60
"""Notes that a thread is told from, as many as its largest community has."""
CHARACTERS_A_NOTE = 400
"""Of a longer note its head and tail: sixty notes are to fit into a small model's context, with room for an answer."""
FEWEST_CHARACTERS_A_NOTE = 120
CHARACTERS = 9_000
"""Characters of all notes together."""


class DatedNote(BaseModel):
    """A note of the thread; notes come in order of time and are numbered from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """The owner's local date."""
    text: str


class ThreadNotes(TaskInput):
    """A thread that is to be told, and how it was told last."""

    notes: Annotated[list[DatedNote], Field(min_length=1, max_length=MOST_NOTES)]
    last_title: str | None = None
    last_story: str | None = None
    owners_word: str | None = None
    """What the owner put in the place of the story that was told."""
    owner: str | None = None
    """Who wrote the notes."""
    today: str
    """The owner's local date."""
    language: str | None = None
    """The language that most of the notes are in."""


NoteNumbers = Annotated[list[Annotated[int, Field(ge=1, le=MOST_NOTES)]], Field(min_length=1, max_length=20)]


class Cited(BaseModel):
    """Something said, and the numbers of the notes that it rests on."""

    model_config = ConfigDict(frozen=True)

    text: Phrase
    notes: NoteNumbers


class Change(BaseModel):
    """What held before and what holds since, with when and why as far as the notes tell."""

    model_config = ConfigDict(frozen=True)

    before: Phrase
    after: Phrase
    when: Name | None
    why: Phrase | None
    notes: NoteNumbers


class ThreadTelling(TaskAnswer):
    """What the notes tell together. Every field is there; what the notes don't tell is null or an empty list."""

    title: Name | None
    story: Annotated[list[Cited], Field(max_length=6)]
    recurs: Annotated[list[Cited], Field(max_length=6)]
    changed: Annotated[list[Change], Field(max_length=4)]
    open: Annotated[list[Cited], Field(max_length=6)]
    next: Annotated[list[Cited], Field(max_length=3)]
    sentence: Cited | None

    @model_validator(mode="after")
    def _says_nothing_without_a_subject(self) -> Self:
        if self.title is None and (self.story or self.recurs or self.changed or self.open or self.next):
            raise ValueError("notes without a common subject (title null) have no story")
        return self


def _render(thread: ThreadNotes) -> str:
    limit = max(FEWEST_CHARACTERS_A_NOTE, min(CHARACTERS_A_NOTE, CHARACTERS // len(thread.notes)))
    listed = "\n".join(
        f"{number}. {note.date}: {' '.join(cut(note.text, limit).split())}"
        for number, note in enumerate(thread.notes, start=1)
    )
    return delimited(
        {
            "OWNER": thread.owner,
            "TODAY": thread.today,
            "LANGUAGE": thread.language,
            "LAST_TOLD": "\n".join(part for part in (thread.last_title, thread.last_story) if part),
            "OWNER_CORRECTED": thread.owners_word,
            "NOTES": listed,
        }
    )


def _embedded(thread: ThreadNotes) -> ThreadTelling:
    told = stories.tell([stories.DatedNote(note.date, note.text) for note in thread.notes])

    def cited(items: tuple[stories.Cited, ...]) -> list[Cited]:
        return [Cited(text=item.text, notes=list(item.notes)[-20:]) for item in items]

    nothing = told.title is None
    return ThreadTelling(
        title=told.title,
        story=[] if nothing else cited(told.so_far),
        recurs=[] if nothing else cited(told.recurs),
        changed=[],
        open=[] if nothing else cited(told.open),
        next=[],
        sentence=None,
    )


THREAD: ModelTask[ThreadNotes, ThreadTelling] = ModelTask(
    name="thread",
    version="3",
    input_type=ThreadNotes,
    answer_type=ThreadTelling,
    system=system_prompt(
        "You tell a person what their notes of one thread say together. NOTES are theirs, numbered and dated, in order "
        "of time; OWNER is who wrote them, TODAY the date; LAST_TOLD is how the thread was told before, and "
        "OWNER_CORRECTED what the person put in its place: they are right, and nothing you say contradicts it. "
        "Write to the person as 'you'. Every item names the numbers of the notes it rests on. Say nothing that one "
        "note says by itself, except in the story. Example of an item: "
        '{"text": "Twice you skipped the warm-up, and twice the calf hurt.", "notes": [3, 8]}.',
        {
            "title": "what the thread is about, at most eight words; null if the notes have no common subject",
            "story": "what happened, in at most six sentences in order of time",
            "recurs": "what came again on other days",
            "changed": "what no longer holds: before, after, when, why (when and why null if not said)",
            "open": "questions of theirs that no later note answers; what is to be done is kept elsewhere",
            "next": "at most three things that could come next, only if the notes suggest them",
            "sentence": "one honest sentence the person would not have written; null rather than a platitude",
        },
        language="the language of the notes (LANGUAGE, where it is given)",
    ),
    render=_render,
    embedded=_embedded,
    example=ThreadNotes(
        notes=[
            DatedNote(date="2026-03-02", text="First run to the weir, 7 km. The half marathon is in four weeks."),
            DatedNote(date="2026-03-07", text="Pulled the calf at kilometre 14, I ran somebody else's pace."),
            DatedNote(
                date="2026-03-18", text="First run in eleven days, 4 km, slow. No pain. Half marathon after all?"
            ),
        ],
        today="2026-03-19",
        language="English",
    ),
)
