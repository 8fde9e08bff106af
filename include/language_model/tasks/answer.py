"""What earlier notes answer to a question of their owner, each sentence with the notes that it rests on."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from include.embedded_model.answers import telling_sentence
from include.language_model.prompting import cut, delimited, system_prompt
from include.language_model.task import ModelTask, Phrase, TaskAnswer, TaskInput
from include.language_model.tasks.relate import IsoDate

MOST_NOTES = 8
MOST_SENTENCES = 5
CHARACTERS_A_NOTE = 900
"""Of a longer note its head and tail, as the prompt has it."""


class FoundNote(BaseModel):
    """A note that search found, the most telling first; they are numbered from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: IsoDate
    """The owner's local date."""
    text: str
    no_longer_since: IsoDate | None = None
    """The date of the note that took it back, if one did."""


class QuestionAndNotes(TaskInput):
    """A question of the owner, and what may answer it."""

    question: str
    today: IsoDate
    notes: Annotated[list[FoundNote], Field(max_length=MOST_NOTES)]


class AnswerSentence(BaseModel):
    """One sentence of an answer, after the numbers of the notes that say so."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    notes: Annotated[list[int], Field(max_length=MOST_NOTES)]
    text: Phrase


class AnswerFromNotes(TaskAnswer):
    """What the notes answer, and what they leave open."""

    sentences: Annotated[list[AnswerSentence], Field(max_length=MOST_SENTENCES)]
    missing: Phrase | None


def _render(asked: QuestionAndNotes) -> str:
    notes = [
        f"{number}. {note.date}: {' '.join(cut(note.text, CHARACTERS_A_NOTE).split())}"
        + (f" (taken back by a note of {note.no_longer_since})" if note.no_longer_since else "")
        for number, note in enumerate(asked.notes, start=1)
    ]
    return delimited({"NOTES": "\n".join(notes), "TODAY": asked.today, "QUESTION": asked.question})


def _embedded(asked: QuestionAndNotes) -> AnswerFromNotes:
    told = [telling_sentence(asked.question, note.text) for note in asked.notes]
    return AnswerFromNotes(
        sentences=[
            AnswerSentence(notes=[number], text=text[:400]) for number, text in enumerate(told, start=1) if text.strip()
        ][:MOST_SENTENCES],
        missing=None,
    )


ANSWER: ModelTask[QuestionAndNotes, AnswerFromNotes] = ModelTask(
    name="answer",
    version="1",
    input_type=QuestionAndNotes,
    answer_type=AnswerFromNotes,
    system=system_prompt(
        "You answer QUESTION, which a person asks of their own NOTES (numbered and dated, the most telling first). "
        "What the notes do not say is not known: an empty list is a good answer, a guess is not. Who asks for one "
        "person is not answered with what another did.",
        {
            "sentences": "at most three short ones, the answer first. Each has notes (the numbers of the notes that "
            "say so) and text. Copy every name, number and date as the notes have it; write a day that a note tells "
            "relative to its own date as YYYY-MM-DD. What was taken back is said as what held then",
            "missing": "what QUESTION asks and the notes do not tell, as one short sentence; else null",
        },
        language="the language of QUESTION",
    ),
    render=_render,
    embedded=_embedded,
    example=QuestionAndNotes(
        question="When is the meeting with the printer?",
        today="2026-03-05",
        notes=[
            FoundNote(date="2026-03-04", text="The printer moved the meeting to Friday."),
            FoundNote(
                date="2026-03-02",
                text="The meeting with the printer is on Thursday at ten.",
                no_longer_since="2026-03-04",
            ),
        ],
    ),
)
"""Asked when the owner asks, by no rhythm."""
