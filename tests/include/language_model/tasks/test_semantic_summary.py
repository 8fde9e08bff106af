"""A consolidated memory as knowledge."""

import pytest
from pydantic import ValidationError

from include.language_model.tasks.semantic_summary import SEMANTIC_SUMMARY, ConsolidatedMemory, SemanticSummary


def test_the_fields_are_those_the_dbt_models_read():
    assert list(SemanticSummary.model_fields) == [
        *("gist", "category", "cortical_region", "knowledge_type", "abstraction_level"),
        *("concepts", "integration_points"),
    ]
    assert list(ConsolidatedMemory.model_fields) == [
        *("content", "context", "summary", "tags", "goal", "patterns", "insights"),
    ]


def test_nulls_for_lists_are_accepted_as_the_dbt_models_hand_them_over():
    row = ConsolidatedMemory.model_validate({"content": "x", "tags": None, "patterns": None, "insights": None})
    assert (row.tags, row.patterns, row.insights) == ([], [], [])


@pytest.mark.parametrize(
    "wrong", [{"abstraction_level": 6}, {"abstraction_level": 0}, {"gist": ""}, {"cortical_region": "visual"}]
)
def test_an_answer_out_of_bounds_is_refused(wrong):
    right = {"gist": "g", "category": "c", "cortical_region": "motor", "knowledge_type": "procedural"}
    assert SemanticSummary.model_validate({**right, "abstraction_level": 3})
    with pytest.raises(ValidationError):
        SemanticSummary.model_validate({**right, "abstraction_level": 3, **wrong})


def test_an_episode_becomes_knowledge_without_its_date():
    answer = SEMANTIC_SUMMARY.embedded(SEMANTIC_SUMMARY.example)
    assert "Monday" not in answer.gist
    assert "small batches" in answer.gist
    assert answer.category == "postgres"
    assert answer.concepts[0] == "postgres"
    assert answer.integration_points == ["Long locks come up in 3 of 5 related memories."]
