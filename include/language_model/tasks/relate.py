"""What a note says of earlier ones: which it continues or takes back, and which open commitments it closes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from include.embedded_model import changes, closings, insights
from include.embedded_model.analysis import analyse
from include.language_model.memory_text import local_moment
from include.language_model.prompting import cut, delimited, system_prompt
from include.language_model.task import ModelTask, Phrase, TaskAnswer, TaskInput, Unit
from include.language_model.tasks.perceive import Day, TimeOfDay

MOST_NOTES = 5
MOST_COMMITMENTS = 20
CHARACTERS_A_NOTE = 600
"""Of a longer earlier note its head and tail, as the prompt has it."""

IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class EarlierNote(BaseModel):
    """An earlier note; they come in order of time and are numbered from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: IsoDate
    """The owner's local date."""
    text: str


class OpenCommitment(BaseModel):
    """Something that was to be done when the note was written; they are numbered from 1, too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: IsoDate
    """The owner's local date on which it was noted."""
    what: str
    who: str
    to_whom: str | None
    due: str | None
    due_time: str | None
    kind: str
    said: str


class NoteAndEarlier(TaskInput):
    """A note, the earlier ones that are most like it, and what was open."""

    content: str
    created_at: str | None = None
    """ISO 8601, local time of the owner."""
    earlier: Annotated[list[EarlierNote], Field(max_length=MOST_NOTES)]
    open: Annotated[list[OpenCommitment], Field(max_length=MOST_COMMITMENTS)]


class Relation(BaseModel):
    """What the note is to one earlier note; what held before and holds since only where it changes or contradicts."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    note: Annotated[int, Field(ge=1, le=MOST_NOTES)]
    kind: Literal["repeats", "continues", "closes", "changes", "contradicts", "explains"]
    before: Phrase | None
    after: Phrase | None
    why: Phrase | None


class ClosedCommitment(BaseModel):
    """What became of one commitment by the note."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    phrase: Phrase
    """The words of the note that say so: evidence comes first."""
    commitment: Annotated[int, Field(ge=1, le=MOST_COMMITMENTS)]
    outcome: Literal["done", "dropped", "moved"]
    due: Day
    due_time: TimeOfDay


class Insight(BaseModel):
    """What follows from the note and earlier ones together, and from none of them alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    notes: Annotated[list[Annotated[int, Field(ge=1, le=MOST_NOTES)]], Field(max_length=MOST_NOTES)]
    """The earlier notes that it rests on."""
    text: Phrase
    kind: Literal["observation", "pattern", "question", "idea"]
    confidence: Unit


class NoteRelations(TaskAnswer):
    """What the note says of what was before it."""

    relations: Annotated[list[Relation], Field(max_length=MOST_NOTES)]
    closes: Annotated[list[ClosedCommitment], Field(max_length=MOST_COMMITMENTS)]
    insight: Insight | None


def _render(asked: NoteAndEarlier) -> str:
    notes = [
        f"{number}. {note.date}: {' '.join(cut(note.text, CHARACTERS_A_NOTE).split())}"
        for number, note in enumerate(asked.earlier, start=1)
    ]
    waiting = [
        f"{number}. noted {item.date}, {item.who}{' to ' + item.to_whom if item.to_whom else ''}: {item.what}"
        + (f", due {item.due}{' ' + item.due_time if item.due_time else ''}" if item.due else "")
        for number, item in enumerate(asked.open, start=1)
    ]
    return delimited(
        {
            "NOTE": asked.content,
            "SAVED_AT": asked.created_at,
            "EARLIER": "\n".join(notes),
            "OPEN": "\n".join(waiting),
        }
    )


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        return None


def _waiting(item: OpenCommitment) -> closings.Open:
    return closings.Open(
        item.what,
        item.who,
        item.to_whom,
        _date(item.due),
        _date(item.date) or date.min,
        item.said,
        _time(item.due_time),
        item.kind,
    )


def _closes(asked: NoteAndEarlier, moment: datetime | None) -> list[ClosedCommitment]:
    found = closings.closings([_waiting(item) for item in asked.open], analyse(asked.content), moment)
    return [
        ClosedCommitment(
            phrase=" ".join(item.evidence.split())[:400],
            commitment=item.position + 1,
            outcome=item.outcome,
            due=item.due.isoformat() if item.due else None,
            due_time=item.due_time.strftime("%H:%M") if item.due_time else None,
        )
        for item in found
        if item.evidence.strip()
    ]


def _embedded(asked: NoteAndEarlier) -> NoteRelations:
    note, moment = analyse(asked.content), local_moment(asked.created_at)
    earlier = [insights.Earlier(earlier.date, analyse(earlier.text)) for earlier in asked.earlier]
    found = changes.changes([each.read for each in earlier], note)
    waiting = [insights.Waiting(item.date, item.what, _date(item.due), _time(item.due_time)) for item in asked.open]
    told = insights.insight_of(note, moment, earlier, found, waiting)
    return NoteRelations(
        relations=[
            Relation(
                note=place + 1,
                kind="changes",
                before=change.before.strip() or None,
                after=change.after.strip() or None,
                why=None,
            )
            for place, change in found
        ],
        closes=_closes(asked, moment),
        insight=Insight(
            notes=[place + 1 for place in told.notes], text=told.text, kind=told.kind, confidence=told.confidence
        )
        if told
        else None,
    )


RELATE: ModelTask[NoteAndEarlier, NoteRelations] = ModelTask(
    name="relate",
    version="3",
    input_type=NoteAndEarlier,
    answer_type=NoteRelations,
    system=system_prompt(
        "You say what a person's NOTE means for what they noted before. EARLIER are notes of theirs that are like it, "
        "numbered and dated; OPEN is what was still to be done, numbered, too; SAVED_AT is when NOTE was written. Most "
        "notes change and close nothing: empty lists and null are good answers.",
        {
            "relations": "at most one for each note of EARLIER that NOTE has to do with, the others are left out. Each "
            "has note (its number), kind (repeats: says the same again; continues: the next step of the same; closes: "
            "settles what it left open; changes: what it says held then, and no longer holds, as a plan, habit or "
            "opinion that was given up; contradicts: both can't be true, and nothing says which is; explains: gives "
            "its reason), and for changes and contradicts before and after (what was said then and now, a short "
            "sentence each) and why (only if NOTE gives the reason); else null",
            "closes": "of OPEN what NOTE says is over, with phrase (the words of NOTE that say so), commitment (its "
            "number), outcome (done, dropped when it was called off, moved when it has a new day), and for moved due "
            "(YYYY-MM-DD) and due_time (HH:MM); else null. To mention it, or to do a part of it, closes nothing",
            "insight": "what follows only from NOTE and EARLIER or OPEN together, and the person may not have seen: "
            "what recurs, two promises that clash, what one explains of the other. With notes (the numbers of EARLIER "
            "that it rests on), text (one sentence to the person, as 'you', with dates), kind (observation, pattern, "
            "question or idea) and confidence (0 to 1). null, as mostly, when it would say again what one of them says",
        },
        language="the language of NOTE",
    ),
    render=_render,
    embedded=_embedded,
    example=NoteAndEarlier(
        content="The printer moved the meeting to Friday. Sent Anna the invoice at last.",
        created_at="2026-03-04T18:30:00",
        earlier=[EarlierNote(date="2026-03-02", text="The meeting with the printer is on Thursday at ten.")],
        open=[
            OpenCommitment(
                date="2026-03-01",
                what="send the invoice",
                who="me",
                to_whom="Anna",
                due="2026-03-06",
                due_time=None,
                kind="task",
                said="I promised Anna the invoice by Friday.",
            )
        ],
    ),
)
