"""What is asked of every memory, once: how much attention it deserves, what it names, what it commits its owner to."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from include.embedded_model import attention, entities, feeling, intentions
from include.embedded_model import commitments as promises
from include.embedded_model.analysis import analysis_of
from include.language_model.memory_text import MemoryText
from include.language_model.prompting import MEMORY_PIECES, render_memory, system_prompt
from include.language_model.task import ModelTask, Name, Names, Phrase, TaskAnswer, Unit

MAXIMUM_TOPICS = 10


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _time_of_day(text: str) -> str:
    return time.fromisoformat(text).strftime("%H:%M")


def _blank_as_missing(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Day = Annotated[
    Annotated[str, Field(max_length=10), AfterValidator(_day)] | None,
    BeforeValidator(_blank_as_missing),
]
"""A day of the owner's calendar, YYYY-MM-DD; null where none is told."""
TimeOfDay = Annotated[
    Annotated[str, Field(max_length=8), AfterValidator(_time_of_day)] | None,
    BeforeValidator(_blank_as_missing),
]
"""A time of the owner's day, HH:MM; null where none is told."""


class NotedCommitment(BaseModel):
    """Something that the note binds its owner, or somebody towards them, to do."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    phrase: Phrase
    """The sentence that says so: evidence comes first."""
    what: Name
    who: Name
    """`me` for the owner."""
    to_whom: Name | None
    due: Day
    due_time: TimeOfDay
    kind: Literal["task", "appointment"]


class Perceived(TaskAnswer):
    """What working memory weighs, and what is to be done."""

    importance: Unit
    urgency: Unit
    arousal: Unit
    valence: Annotated[float, Field(ge=-1.0, le=1.0)]
    sentiment: Literal["positive", "neutral", "negative"]
    task_type: Literal["goal", "task", "action", "observation"]
    people: Names
    organizations: Names
    tools: Names
    places: Names
    topics: Annotated[list[Name], Field(max_length=MAXIMUM_TOPICS)]
    commitments: Annotated[list[NotedCommitment], Field(max_length=promises.MAXIMUM)]


def _short(text: str, limit: int) -> str:
    return " ".join(text.split())[:limit].strip()


def _commitments(memory: MemoryText) -> list[NotedCommitment]:
    found = promises.commitments(analysis_of(memory), memory.moment)
    return [
        NotedCommitment(
            phrase=_short(item.evidence, 400) or item.what,
            what=_short(item.what, 120),
            who=_short(item.who, 120),
            to_whom=_short(item.to_whom, 120) if item.to_whom else None,
            due=item.due.isoformat() if item.due else None,
            due_time=item.due_time.strftime("%H:%M") if item.due_time else None,
            kind="appointment" if item.kind == "appointment" else "task",
        )
        for item in found
        if item.what.strip() and item.who.strip()
    ]


def _embedded(memory: MemoryText) -> Perceived:
    analysis = analysis_of(memory)
    felt = feeling.feeling_of(analysis)
    return Perceived(
        importance=attention.importance(analysis, felt),
        urgency=attention.urgency(analysis, felt, memory.moment),
        arousal=felt.arousal,
        valence=felt.valence,
        sentiment=felt.sentiment,
        task_type=intentions.kind_of_deed(analysis),
        people=list(entities.people(analysis)),
        organizations=list(entities.organisations(analysis)),
        tools=list(entities.tools(analysis)),
        places=list(entities.places(analysis)),
        topics=list(analysis.keyphrases[:MAXIMUM_TOPICS]),
        commitments=_commitments(memory),
    )


PERCEIVE: ModelTask[MemoryText, Perceived] = ModelTask(
    name="perceive",
    version="2",
    input_type=MemoryText,
    answer_type=Perceived,
    system=system_prompt(
        "You judge how much attention a memory deserves, list what it names, and say what it binds its owner to. "
        f"{MEMORY_PIECES}",
        {
            "importance": "0 to 1, how much it matters for the person's life or work later; small talk is below 0.2, "
            "an ordinary useful note near 0.5, a decision or event that changes something above 0.8",
            "urgency": "0 to 1, how soon something has to be done; 0 when nothing is to be done",
            "arousal": "0 to 1, how strong the emotion is, pleasant or not; 0 is calm",
            "valence": "-1 to 1, how unpleasant or pleasant it is; 0 when neither",
            "sentiment": "positive, neutral or negative, the sign of valence",
            "task_type": "goal (something wished for), task (something still to do), action (something the person did) "
            "or observation (something noticed, learned or stated)",
            "people": "names of people, or what they are to the person when no name is given",
            "organizations": "names of companies and institutions",
            "tools": "names of software, services and devices used",
            "places": "physical places",
            "topics": "at most 10 key phrases of one to three words, lower case, the most telling first",
            "commitments": "at most 12 things that the owner still has to do or be at, or that somebody has promised "
            "the owner; mostly an empty list: no wish, no habit, no advice, nothing done already, nothing that others "
            "do for others. Each has phrase (the words of the note that say so), what (a short phrase that starts "
            "with a verb, in the note's language; the occasion of an appointment), who (me for the owner, else the "
            "name), to_whom (whom it is owed to, me for the owner; null when nobody is named), due (YYYY-MM-DD, "
            "counted from SAVED_AT: the last day that is meant; null when none is told), due_time (HH:MM or null) and "
            "kind (appointment for what takes place at its time, else task)",
        },
    ),
    render=render_memory,
    embedded=_embedded,
    example=MemoryText(
        content="Met with Priya about the billing migration. We decided to ship it by Friday because the old "
        "invoices keep failing. I promised her the test plan by tomorrow noon.",
        context="weekly planning",
        tags=["work", "billing"],
        created_at="2025-03-04T10:30:00",
    ),
)
