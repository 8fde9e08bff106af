"""A dream: an unexpected but meaningful link between two remote pieces of knowledge."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from include.embedded_model import connections
from include.language_model.prompting import as_list, delimited, system_prompt
from include.language_model.task import ModelTask, Name, TaskAnswer, TaskInput, Unit


def _none_as_empty(values: Any) -> Any:
    return [] if values is None else values


Concepts = Annotated[list[str], BeforeValidator(_none_as_empty)]


class RemotePair(TaskInput):
    """Two pieces of knowledge from different fields."""

    gist_a: str
    category_a: str
    concepts_a: Concepts = Field(default_factory=list)
    gist_b: str
    category_b: str
    concepts_b: Concepts = Field(default_factory=list)
    bridge: str | None = None
    """A concept that both hold and few other pieces do."""


class CreativeConnection(TaskAnswer):
    """What links them."""

    connection: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=20, max_length=connections.LONGEST_CONNECTION)
    ]
    shared_theme: Name
    plausibility: Unit
    novelty: Unit


def _render(pair: RemotePair) -> str:
    return delimited(
        {
            "IDEA_A": pair.gist_a,
            "FIELD_A": pair.category_a,
            "CONCEPTS_A": as_list(pair.concepts_a),
            "IDEA_B": pair.gist_b,
            "FIELD_B": pair.category_b,
            "CONCEPTS_B": as_list(pair.concepts_b),
            "BRIDGE": pair.bridge,
        }
    )


def _embedded(pair: RemotePair) -> CreativeConnection:
    found = connections.connect(
        connections.Idea(pair.gist_a, pair.category_a, tuple(pair.concepts_a)),
        connections.Idea(pair.gist_b, pair.category_b, tuple(pair.concepts_b)),
        (pair.bridge or "").strip(),
    )
    return CreativeConnection(
        connection=found.text, shared_theme=found.theme, plausibility=found.plausibility, novelty=found.novelty
    )


CREATIVE_CONNECTION: ModelTask[RemotePair, CreativeConnection] = ModelTask(
    name="creative_connection",
    version="2",
    input_type=RemotePair,
    answer_type=CreativeConnection,
    system=system_prompt(
        "You find an unexpected but meaningful link between two ideas of one person. IDEA_A and IDEA_B are the ideas; "
        "their fields and concepts come with them, and a BRIDGE where both hold a rare concept. Look for a metaphor, a "
        "shared structure, or a method of the one that would help with the other.",
        {
            "connection": "the link in two or three sentences of together 20 to 600 characters, addressed to the "
            "person as 'you', naming something concrete of both ideas",
            "shared_theme": "what both are about underneath, in one to three lower-case words",
            "plausibility": "0 to 1, how well the link holds when thought through",
            "novelty": "0 to 1, how unexpected it is",
        },
    ),
    render=_render,
    embedded=_embedded,
    example=RemotePair(
        gist_a="Abort a rebase: git rebase --abort brings the branch back to where it was.",
        category_a="git",
        concepts_a=["rebase", "abort"],
        gist_b="A sourdough starter that was forgotten can be revived by feeding it for three days.",
        category_b="cooking",
        concepts_b=["sourdough starter", "feeding"],
    ),
    temperature_of=lambda given: given.rem_creativity_factor,
)
