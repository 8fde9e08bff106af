"""What is asked of every memory, once: gist, scene, what it commits its owner to, how much attention it deserves.

One question a note: what attention weighs, what short-term memory binds and what the quick path shows is told together,
so that a model reads each note once.
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from include.embedded_model import attention, entities, feeling, gists, intentions, scene
from include.embedded_model import commitments as promises
from include.embedded_model.analysis import analysis_of
from include.language_model.memory_text import MemoryText
from include.language_model.prompting import MEMORY_PIECES, render_memory, system_prompt
from include.language_model.task import ModelTask, Name, Names, Phrase, Phrases, TaskAnswer, Unit

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


class SceneObject(BaseModel):
    """A thing at hand and its use."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Name
    affordance: Phrase | None


class Perceived(TaskAnswer):
    """What it says, where and when, what is to be done; then, with that in mind, what working memory weighs."""

    gist: Phrase
    """The one thing worth keeping of it, in a sentence."""
    gist_kind: Literal["observation", "pattern", "question", "idea"]
    people: Names
    organizations: Names
    tools: Names
    places: Names
    topics: Annotated[list[Name], Field(max_length=MAXIMUM_TOPICS)]
    goal: Phrase | None
    tasks: Phrases
    actions: Phrases
    temporal_marker: Name | None
    causal_links: Phrases
    place: Name | None
    place_frame: Literal["egocentric", "allocentric", "virtual", "unknown"]
    time_of_day: Literal["night", "morning", "midday", "afternoon", "evening", "unknown"]
    duration_minutes: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None
    objects: Annotated[list[SceneObject], Field(max_length=scene.MAXIMUM_OBJECTS)]
    commitments: Annotated[list[NotedCommitment], Field(max_length=promises.MAXIMUM)]
    task_type: Literal["goal", "task", "action", "observation"]
    sentiment: Literal["positive", "neutral", "negative"]
    valence: Annotated[float, Field(ge=-1.0, le=1.0)]
    arousal: Unit
    urgency: Unit
    importance: Unit
    confidence: Unit
    """How sure it is that the memory supports the gist."""


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
    gist, sentence = gists.lesson(analysis)
    place, frame = scene.place(analysis)
    return Perceived(
        gist=gist,
        gist_kind=gists.insight_type(analysis, sentence),
        people=list(entities.people(analysis)),
        organizations=list(entities.organisations(analysis)),
        tools=list(entities.tools(analysis)),
        places=list(entities.places(analysis)),
        topics=list(analysis.keyphrases[:MAXIMUM_TOPICS]),
        goal=intentions.goal(analysis, memory.context),
        tasks=list(intentions.tasks(analysis)),
        actions=list(intentions.actions(analysis)),
        temporal_marker=intentions.temporal_marker(analysis),
        causal_links=list(intentions.causes(analysis)),
        place=place,
        place_frame=frame,
        time_of_day=scene.time_of_day(analysis, memory.moment),
        duration_minutes=scene.duration_minutes(analysis),
        objects=[SceneObject(name=thing.name, affordance=thing.affordance) for thing in scene.things(analysis)],
        commitments=_commitments(memory),
        task_type=intentions.kind_of_deed(analysis),
        sentiment=felt.sentiment,
        valence=felt.valence,
        arousal=felt.arousal,
        urgency=attention.urgency(analysis, felt, memory.moment),
        importance=attention.importance(analysis, felt),
        confidence=gists.confidence(analysis, sentence),
    )


PERCEIVE: ModelTask[MemoryText, Perceived] = ModelTask(
    name="perceive",
    version="3",
    input_type=MemoryText,
    answer_type=Perceived,
    system=system_prompt(
        "You read a memory once and tell what it holds: its gist, what it names, what the person pursued and did, the "
        f"scene, what it binds its owner to, and how much attention it deserves. {MEMORY_PIECES}",
        {
            "gist": "the one thing worth keeping: one complete sentence of at most 300 characters that can be "
            "understood without the memory",
            "gist_kind": "observation, pattern (it happens again and again), question (it is open) or idea (it could "
            "be done)",
            "people": "names of people, or what they are to the person when no name is given",
            "organizations": "names of companies and institutions",
            "tools": "names of software, services and devices used",
            "places": "physical places",
            "topics": "at most 10 key phrases of one to three words, lower case, the most telling first",
            "goal": "what the person was pursuing above the single steps, as a short phrase that starts with a verb; "
            "null when the memory does not show one",
            "tasks": "at most 8 things to be done for it, each a short phrase that starts with a verb",
            "actions": "at most 8 concrete things the person did, each a short phrase that starts with a past tense",
            "temporal_marker": "the words that say when it was in relation to something else (before, after, during "
            "what); null without one",
            "causal_links": "at most 8 statements of the form 'X because Y' that the memory itself makes",
            "place": "where it took place, physical or virtual (a program, a call); null when not told",
            "place_frame": "egocentric (seen from the person: here, next to me), allocentric (a place on a map or in a "
            "building), virtual (on a screen) or unknown",
            "time_of_day": "night, morning, midday, afternoon or evening: what the text says, else by the hour of "
            "SAVED_AT; unknown without either",
            "duration_minutes": "how long it took in minutes; null when not told",
            "objects": "at most 10 things used or handled, each with name and affordance (what it was used for, a "
            "short phrase; null when unclear)",
            "commitments": "at most 12 things that the owner still has to do or be at, or that somebody has promised "
            "the owner; mostly an empty list: no wish, no habit, no advice, nothing done already, nothing that others "
            "do for others. Each has phrase (the words of the note that say so), what (a short phrase that starts "
            "with a verb, in the note's language; the occasion of an appointment), who (me for the owner, else the "
            "name), to_whom (whom it is owed to, me for the owner; null when nobody is named), due (YYYY-MM-DD, "
            "counted from SAVED_AT: the last day that is meant; null when none is told), due_time (HH:MM or null) and "
            "kind (appointment for what takes place at its time, else task)",
            "task_type": "goal (something wished for), task (something still to do), action (something the person did) "
            "or observation (something noticed, learned or stated)",
            "sentiment": "positive, neutral or negative, the sign of valence",
            "valence": "-1 to 1, how unpleasant or pleasant it is; 0 when neither",
            "arousal": "0 to 1, how strong the emotion is, pleasant or not; 0 is calm",
            "urgency": "0 to 1, how soon something has to be done; 0 when nothing is to be done",
            "importance": "0 to 1, how much it matters for the person's life or work later; small talk is below 0.2, "
            "an ordinary useful note near 0.5, a decision or event that changes something above 0.8",
            "confidence": "0 to 1, how sure it is that the memory supports the gist",
        },
        language="the language of MEMORY",
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
