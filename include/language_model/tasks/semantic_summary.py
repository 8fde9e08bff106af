"""A consolidated memory as knowledge: gist, field, kind, related concepts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from include.embedded_model import gists, knowledge
from include.embedded_model.analysis import analyse
from include.language_model.prompting import as_list, delimited, system_prompt
from include.language_model.task import ModelTask, Name, Phrase, Phrases, TaskAnswer, TaskInput


def _none_as_empty(values: Any) -> Any:
    return [] if values is None else values


TextList = Annotated[list[str], BeforeValidator(_none_as_empty)]


class ConsolidatedMemory(TaskInput):
    """A memory with what replay found about it."""

    content: str
    context: str | None = None
    summary: str | None = None
    tags: TextList = Field(default_factory=list)
    goal: str | None = None
    patterns: TextList = Field(default_factory=list)
    insights: TextList = Field(default_factory=list)


class SemanticSummary(TaskAnswer):
    """What goes into the semantic network."""

    gist: Phrase
    category: Name
    cortical_region: Literal["sensory", "motor", "association", "prefrontal"]
    knowledge_type: Literal["procedural", "declarative", "conditional"]
    abstraction_level: Annotated[int, Field(ge=1, le=5)]
    concepts: Annotated[list[Name], Field(max_length=knowledge.MAXIMUM_CONCEPTS)] = Field(default_factory=list)
    integration_points: Phrases = Field(default_factory=list)


def _render(memory: ConsolidatedMemory) -> str:
    return delimited(
        {
            "MEMORY": memory.content,
            "CONTEXT": memory.context,
            "SUMMARY": memory.summary,
            "TAGS": as_list(memory.tags),
            "GOAL": memory.goal,
            "PATTERNS": as_list(memory.patterns),
            "INSIGHTS": as_list(memory.insights),
        }
    )


def _embedded(memory: ConsolidatedMemory) -> SemanticSummary:
    analysis = analyse(memory.content, memory.context, memory.summary, tuple(memory.tags))
    kind = knowledge.knowledge_type(analysis)
    return SemanticSummary(
        gist=gists.gist(analysis, memory.summary),
        category=knowledge.category(analysis),
        cortical_region=knowledge.region(analysis, kind),
        knowledge_type=kind,
        abstraction_level=knowledge.abstraction_level(analysis),
        concepts=list(knowledge.concepts(analysis)),
        integration_points=list(knowledge.integration_points(analysis, memory.patterns)),
    )


SEMANTIC_SUMMARY: ModelTask[ConsolidatedMemory, SemanticSummary] = ModelTask(
    name="semantic_summary",
    version="1",
    input_type=ConsolidatedMemory,
    answer_type=SemanticSummary,
    system=system_prompt(
        "You turn an episode into knowledge that stays useful when the episode is forgotten. MEMORY is the text; "
        "CONTEXT, SUMMARY, TAGS, GOAL, PATTERNS and INSIGHTS may come with it.",
        {
            "gist": "what was learned, in one or two general sentences of 20 to 400 characters, without dates, "
            "weekdays or other details of the occasion",
            "category": "the field of knowledge in one or two lower-case words; prefer a word of TAGS, and always the "
            "same word for the same field",
            "cortical_region": "sensory (how things look, sound, taste), motor (how something is done), association "
            "(facts and how they relate) or prefrontal (plans, decisions, goals)",
            "knowledge_type": "procedural (how to), declarative (that it is so) or conditional (when or if)",
            "abstraction_level": "1 (a single event) to 5 (a general principle)",
            "concepts": "at most 10 terms it is about, lower case, the most telling first",
            "integration_points": "at most 8 sentences on what general knowledge this confirms, extends or resembles",
        },
    ),
    render=_render,
    embedded=_embedded,
    example=ConsolidatedMemory(
        content="On Monday the deploy failed again because the migration locked the table. Running it in small batches "
        "keeps the table usable.",
        tags=["postgres"],
        goal="ship the billing migration",
        patterns=["Long locks come up in 3 of 5 related memories."],
    ),
)
