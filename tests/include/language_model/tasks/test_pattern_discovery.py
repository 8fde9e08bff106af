"""What a memory shares with its associates."""

import pytest
from pydantic import ValidationError

from include.language_model.tasks.pattern_discovery import PATTERN_DISCOVERY, PatternDiscovery, ReplayedMemory


def test_the_fields_are_those_the_dbt_models_read():
    assert list(PatternDiscovery.model_fields) == [
        *("patterns", "insights", "predictions", "principles", "contradictions"),
    ]
    assert list(ReplayedMemory.model_fields) == ["gist", "goal", "content", "associated"]


def test_a_memory_without_associates_is_valid_and_has_no_patterns():
    answer = PATTERN_DISCOVERY.embedded(ReplayedMemory(gist="Bread needs time.", content="Bread needs time."))
    assert answer.patterns == []


def test_more_than_ten_associates_are_refused():
    associated = [{"gist": "g", "strength": 0.1}] * 11
    with pytest.raises(ValidationError):
        ReplayedMemory.model_validate({"gist": "g", "content": "c", "associated": associated})


def test_patterns_name_the_concrete_concept():
    answer = PATTERN_DISCOVERY.embedded(PATTERN_DISCOVERY.example)
    assert any(pattern.startswith("'rebase' comes up in 2 of 2 related memories") for pattern in answer.patterns)
    assert any(rule.startswith("If a rebase runs into conflicts, then") for rule in answer.predictions)


def test_the_model_sees_the_gists_with_their_strengths_strongest_first():
    message = PATTERN_DISCOVERY.render(PATTERN_DISCOVERY.example)
    assert message.index("(0.70) Interactive rebase") < message.index("(0.60) Rebase onto main")
