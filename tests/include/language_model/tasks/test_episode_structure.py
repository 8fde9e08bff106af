"""The hierarchy of an episode."""

from include.language_model.memory_text import MemoryText
from include.language_model.tasks.episode_structure import EPISODE_STRUCTURE, EpisodeStructure


def test_the_fields_are_those_the_dbt_models_read():
    assert list(EpisodeStructure.model_fields) == ["goal", "tasks", "actions", "temporal_marker", "causal_links"]


def test_an_empty_answer_is_valid():
    assert EpisodeStructure.model_validate({}) == EpisodeStructure(goal=None, temporal_marker=None)


def test_goal_task_action_time_and_cause_of_one_note():
    answer = EPISODE_STRUCTURE.embedded(EPISODE_STRUCTURE.example)
    assert answer.goal == "ship the billing migration"
    assert answer.tasks == ["update the tests"]
    assert answer.actions == ["rewrote the invoice query"]
    assert answer.temporal_marker == "after the stand-up"
    assert len(answer.causal_links) == 1
    assert "because it locked the table" in answer.causal_links[0]


def test_a_note_without_any_of_it_gets_nulls_and_empty_lists():
    assert EPISODE_STRUCTURE.embedded(MemoryText(content="Octopuses: three hearts.")) == EpisodeStructure()
