"""The scene of an episode."""

import pytest
from pydantic import ValidationError

from include.language_model.memory_text import MemoryText
from include.language_model.tasks.episode_context import EPISODE_CONTEXT, EpisodeContext, SceneObject


def test_the_fields_are_those_the_dbt_models_read():
    assert list(EpisodeContext.model_fields) == [
        *("place", "place_frame", "time_of_day", "duration_minutes", "people", "objects"),
    ]
    assert list(SceneObject.model_fields) == ["name", "affordance"]


def test_an_empty_answer_is_valid_and_unknown():
    answer = EpisodeContext.model_validate({})
    assert (answer.place, answer.place_frame, answer.time_of_day) == (None, "unknown", "unknown")


@pytest.mark.parametrize("duration", [-1, float("nan"), float("inf")])
def test_a_duration_is_a_finite_number_of_minutes(duration):
    with pytest.raises(ValidationError):
        EpisodeContext(duration_minutes=duration)


def test_place_time_duration_people_and_things_of_one_note():
    answer = EPISODE_CONTEXT.embedded(EPISODE_CONTEXT.example)
    assert (answer.place, answer.place_frame) == ("kitchen", "egocentric")
    assert answer.time_of_day == "evening"
    assert answer.duration_minutes == 120
    assert answer.people == ["sister"]
    assert answer.objects[0].name == "scale"


def test_the_clock_is_the_owners():
    answer = EPISODE_CONTEXT.embedded(MemoryText(content="Slept badly.", created_at="2025-03-04T07:30:00+09:00"))
    assert answer.time_of_day == "morning"
