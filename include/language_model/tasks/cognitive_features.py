"""The features of a memory that attention needs: importance, urgency, arousal, people, places, tools, topics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from include.embedded_model import attention, entities, feeling, intentions
from include.embedded_model.analysis import analysis_of
from include.language_model.memory_text import MemoryText
from include.language_model.prompting import MEMORY_PIECES, render_memory, system_prompt
from include.language_model.task import ModelTask, Name, Names, TaskAnswer, Unit

MAXIMUM_TOPICS = 10


class CognitiveFeatures(TaskAnswer):
    """What working memory weighs."""

    importance: Unit
    urgency: Unit
    arousal: Unit
    valence: Annotated[float, Field(ge=-1.0, le=1.0)]
    sentiment: Literal["positive", "neutral", "negative"]
    task_type: Literal["goal", "task", "action", "observation"]
    people: Names = Field(default_factory=list)
    organizations: Names = Field(default_factory=list)
    tools: Names = Field(default_factory=list)
    places: Names = Field(default_factory=list)
    topics: Annotated[list[Name], Field(max_length=MAXIMUM_TOPICS)] = Field(default_factory=list)


def _embedded(memory: MemoryText) -> CognitiveFeatures:
    analysis = analysis_of(memory)
    felt = feeling.feeling_of(analysis)
    return CognitiveFeatures(
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
    )


COGNITIVE_FEATURES: ModelTask[MemoryText, CognitiveFeatures] = ModelTask(
    name="cognitive_features",
    version="1",
    input_type=MemoryText,
    answer_type=CognitiveFeatures,
    system=system_prompt(
        f"You judge how much attention a memory deserves and list what it names. {MEMORY_PIECES}",
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
        },
    ),
    render=render_memory,
    embedded=_embedded,
    example=MemoryText(
        content="Met with Priya about the billing migration. We decided to ship it by Friday because the old "
        "invoices keep failing.",
        context="weekly planning",
        tags=["work", "billing"],
        created_at="2025-03-04T10:30:00",
    ),
)
