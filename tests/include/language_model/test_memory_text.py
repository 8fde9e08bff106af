"""The input that all tasks about one memory share."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from include.language_model.memory_text import MemoryText


def test_only_the_content_is_required():
    memory = MemoryText(content="x")
    assert (memory.context, memory.summary, memory.tags, memory.created_at) == (None, None, [], None)


def test_a_row_of_nulls_is_accepted_as_the_dbt_models_hand_it_over():
    memory = MemoryText.model_validate_json(
        '{"content":"x","context":null,"summary":null,"tags":null,"created_at":null}'
    )
    assert memory.tags == []


def test_blank_tags_are_dropped():
    assert MemoryText.model_validate({"content": "x", "tags": ["a", None, " ", "b"]}).tags == ["a", "b"]


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError):
        MemoryText.model_validate({"content": "x", "title": "y"})


@pytest.mark.parametrize("saved", ["2025-03-04T23:30:00+01:00", "2025-03-04 23:30:00", "2025-03-04T23:30:00Z"])
def test_the_moment_is_what_the_owners_clock_showed(saved):
    assert MemoryText(content="x", created_at=saved).moment == datetime.fromisoformat("2025-03-04T23:30:00")


@pytest.mark.parametrize("unreadable", [None, "", "yesterday"])
def test_an_unreadable_moment_is_none(unreadable):
    assert MemoryText(content="x", created_at=unreadable).moment is None
