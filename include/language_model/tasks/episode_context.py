"""The scene of an episode: place, time of day, duration, people, objects and their use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from include.embedded_model import entities, scene
from include.embedded_model.analysis import analysis_of
from include.language_model.memory_text import MemoryText
from include.language_model.prompting import MEMORY_PIECES, render_memory, system_prompt
from include.language_model.task import ModelTask, Name, Names, Phrase, TaskAnswer


class SceneObject(BaseModel):
    """A thing at hand and its use."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Name
    affordance: Phrase | None = None


class EpisodeContext(TaskAnswer):
    """Where, when, with whom, with what."""

    place: Name | None = None
    place_frame: Literal["egocentric", "allocentric", "virtual", "unknown"] = "unknown"
    time_of_day: Literal["night", "morning", "midday", "afternoon", "evening", "unknown"] = "unknown"
    duration_minutes: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None = None
    people: Names = Field(default_factory=list)
    objects: Annotated[list[SceneObject], Field(max_length=scene.MAXIMUM_OBJECTS)] = Field(default_factory=list)


def _embedded(memory: MemoryText) -> EpisodeContext:
    analysis = analysis_of(memory)
    place, frame = scene.place(analysis)
    return EpisodeContext(
        place=place,
        place_frame=frame,
        time_of_day=scene.time_of_day(analysis, memory.moment),
        duration_minutes=scene.duration_minutes(analysis),
        people=list(entities.people(analysis)),
        objects=[SceneObject(name=thing.name, affordance=thing.affordance) for thing in scene.things(analysis)],
    )


EPISODE_CONTEXT: ModelTask[MemoryText, EpisodeContext] = ModelTask(
    name="episode_context",
    version="1",
    input_type=MemoryText,
    answer_type=EpisodeContext,
    system=system_prompt(
        f"You describe the scene of a memory: where, when, how long, with whom, with what. {MEMORY_PIECES}",
        {
            "place": "where it took place, physical or virtual (a program, a call); null when not told",
            "place_frame": "egocentric (seen from the person: here, next to me), allocentric (a place on a map or in a "
            "building), virtual (on a screen) or unknown",
            "time_of_day": "night, morning, midday, afternoon or evening: what the text says, else by the hour of "
            "SAVED_AT; unknown without either",
            "duration_minutes": "how long it took in minutes; null when not told",
            "people": "people present or mentioned",
            "objects": "at most 10 things used or handled, each with name and affordance (what it was used for, a "
            "short phrase; null when unclear)",
        },
    ),
    render=render_memory,
    embedded=_embedded,
    example=MemoryText(
        content="Sat in the kitchen with my sister for two hours and used the old scale to weigh flour for the bread.",
        created_at="2025-03-08T19:05:00",
    ),
)
