"""Patterns that a memory shares with the memories it was replayed with, and contradictions among them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from include.embedded_model import patterns
from include.language_model.prompting import as_list, delimited, system_prompt
from include.language_model.task import ModelTask, Phrases, TaskAnswer, TaskInput, Unit


class AssociatedGist(BaseModel):
    """The gist of an associated memory and the strength of the association."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gist: str
    strength: Unit


class ReplayedMemory(TaskInput):
    """A memory together with its strongest associates."""

    gist: str
    goal: str | None = None
    content: str
    associated: Annotated[list[AssociatedGist], Field(max_length=10)] = Field(default_factory=list)


class PatternDiscovery(TaskAnswer):
    """The patterns found; empty lists where there are none."""

    patterns: Phrases = Field(default_factory=list)
    insights: Phrases = Field(default_factory=list)
    predictions: Phrases = Field(default_factory=list)
    principles: Phrases = Field(default_factory=list)
    contradictions: Phrases = Field(default_factory=list)


def _render(memory: ReplayedMemory) -> str:
    strongest = sorted(memory.associated, key=lambda item: (-item.strength, item.gist))
    return delimited(
        {
            "MEMORY": memory.content,
            "GIST": memory.gist,
            "GOAL": memory.goal,
            "RELATED": as_list([f"({item.strength:.2f}) {item.gist}" for item in strongest]),
        }
    )


def _embedded(memory: ReplayedMemory) -> PatternDiscovery:
    found = patterns.find_patterns(
        memory.gist, memory.goal, memory.content, [(item.gist, item.strength) for item in memory.associated]
    )
    return PatternDiscovery(
        patterns=list(found.patterns),
        insights=list(found.insights),
        predictions=list(found.predictions),
        principles=list(found.principles),
        contradictions=list(found.contradictions),
    )


PATTERN_DISCOVERY: ModelTask[ReplayedMemory, PatternDiscovery] = ModelTask(
    name="pattern_discovery",
    version="1",
    input_type=ReplayedMemory,
    answer_type=PatternDiscovery,
    system=system_prompt(
        "You compare a memory with related memories of the same person and say what they show together. MEMORY is its "
        "text, GIST and GOAL sum it up, RELATED lists the gists of related memories with the strength (0 to 1) of the "
        "relation. Name the concrete things; leave a list empty rather than say something that holds for anything.",
        {
            "patterns": "at most 8 things that recur in the memory and at least one related one",
            "insights": "at most 8 things one sees only when looking at them together",
            "predictions": "at most 8 rules of the form 'If X, then Y' that the texts support",
            "principles": "at most 8 general rules behind them",
            "contradictions": "at most 8 points on which they disagree, with both sides",
        },
    ),
    render=_render,
    embedded=_embedded,
    example=ReplayedMemory(
        gist="Abort a rebase: git rebase --abort brings the branch back to where it was.",
        goal="clean up the history of a branch",
        content="If a rebase runs into conflicts, you can always abort it and the branch is as it was before.",
        associated=[
            AssociatedGist(gist="Interactive rebase: squash commits of a branch before the merge.", strength=0.7),
            AssociatedGist(gist="Rebase onto main: move the commits of a branch without a merge commit.", strength=0.6),
        ],
    ),
)
