"""The quick path: the one thing worth keeping of a memory, minutes after it was saved."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from include.embedded_model import entities, gists, knowledge
from include.embedded_model.analysis import analysis_of
from include.language_model.memory_text import MemoryText
from include.language_model.prompting import MEMORY_PIECES, render_memory, system_prompt
from include.language_model.task import ModelTask, Names, Phrase, TaskAnswer, Unit


class KeyInsight(TaskAnswer):
    """One sentence and its subject."""

    insight: Phrase
    insight_type: Literal["observation", "pattern", "question", "idea"]
    confidence: Unit
    people: Names = Field(default_factory=list)
    concepts: Names = Field(default_factory=list)
    tools: Names = Field(default_factory=list)
    locations: Names = Field(default_factory=list)


def _embedded(memory: MemoryText) -> KeyInsight:
    analysis = analysis_of(memory)
    text, sentence = gists.lesson(analysis)
    return KeyInsight(
        insight=text,
        insight_type=gists.insight_type(analysis, sentence),
        confidence=gists.confidence(analysis, sentence),
        people=list(entities.people(analysis)),
        concepts=list(knowledge.concepts(analysis)),
        tools=list(entities.tools(analysis)),
        locations=list(entities.places(analysis)),
    )


KEY_INSIGHT: ModelTask[MemoryText, KeyInsight] = ModelTask(
    name="key_insight",
    version="1",
    input_type=MemoryText,
    answer_type=KeyInsight,
    system=system_prompt(
        f"You say the one thing worth keeping of a memory. {MEMORY_PIECES}",
        {
            "insight": "one complete sentence of at most 300 characters that can be understood without the memory",
            "insight_type": "observation, pattern (it happens again and again), question (it is open) or idea (it "
            "could be done)",
            "confidence": "0 to 1, how sure it is that the memory supports this",
            "people": "names of people in the memory",
            "concepts": "terms it is about, lower case, the most telling first",
            "tools": "names of software, services and devices",
            "locations": "physical places",
        },
    ),
    render=render_memory,
    embedded=_embedded,
    example=MemoryText(
        content="The build was slow for weeks. It turns out the cache key held a timestamp, so it never hit.",
        tags=["ci"],
        created_at="2025-03-06T16:40:00",
    ),
)
