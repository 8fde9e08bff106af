"""The hierarchy of an episode: the goal, its tasks, the actions, and how they hang together."""

from __future__ import annotations

from pydantic import Field

from include.embedded_model import intentions
from include.embedded_model.analysis import analysis_of
from include.language_model.memory_text import MemoryText
from include.language_model.prompting import MEMORY_PIECES, render_memory, system_prompt
from include.language_model.task import ModelTask, Name, Phrase, Phrases, TaskAnswer


class EpisodeStructure(TaskAnswer):
    """A goal and the actions for it."""

    goal: Phrase | None = None
    tasks: Phrases = Field(default_factory=list)
    actions: Phrases = Field(default_factory=list)
    temporal_marker: Name | None = None
    causal_links: Phrases = Field(default_factory=list)


def _embedded(memory: MemoryText) -> EpisodeStructure:
    analysis = analysis_of(memory)
    return EpisodeStructure(
        goal=intentions.goal(analysis, memory.context),
        tasks=list(intentions.tasks(analysis)),
        actions=list(intentions.actions(analysis)),
        temporal_marker=intentions.temporal_marker(analysis),
        causal_links=list(intentions.causes(analysis)),
    )


EPISODE_STRUCTURE: ModelTask[MemoryText, EpisodeStructure] = ModelTask(
    name="episode_structure",
    version="1",
    input_type=MemoryText,
    answer_type=EpisodeStructure,
    system=system_prompt(
        f"You describe what a person was pursuing in a memory and how. {MEMORY_PIECES}",
        {
            "goal": "what the person was pursuing above the single steps, as a short phrase that starts with a verb; "
            "null when the memory does not show one",
            "tasks": "at most 8 things to be done for it, each a short phrase that starts with a verb",
            "actions": "at most 8 concrete things the person did, each a short phrase that starts with a past tense",
            "temporal_marker": "the words that say when it was in relation to something else (before, after, during "
            "what); null without one",
            "causal_links": "at most 8 statements of the form 'X because Y' that the memory itself makes",
        },
    ),
    render=render_memory,
    embedded=_embedded,
    example=MemoryText(
        content="After the stand-up I rewrote the invoice query because it locked the table. I want to ship the "
        "billing migration, so I still need to update the tests.",
        created_at="2025-03-04T11:15:00",
    ),
)
