"""Asking for the journey of a memory that has not gone far, or that nobody knows."""

from __future__ import annotations

import pytest

from include.errors import CodexError
from include.lake.connection import configured_lake
from include.reading.journey import journey
from tests.conftest import World

FIRST, SECOND = "3e16c810-0000-4000-8000-000000000001", "3e16c8ff-0000-4000-8000-000000000002"


@pytest.fixture
def two(world: World) -> World:
    for number, memory_id in enumerate((FIRST, SECOND), start=1):
        world.store(
            "INSERT INTO public.memories (id, content, created_at) VALUES (%s, %s, '2026-03-04T09:00:00+01:00')",
            [memory_id, f"\n# Heading {number}\n\nText."],
        )
    return world


def test_the_beginning_of_an_id_is_enough_when_it_is_the_only_one(two: World) -> None:
    found = journey(configured_lake(), " 3E16C81 ")
    assert str(found.memory_id) == FIRST
    assert found.title == "Heading 1"
    [source] = found.stages
    assert (source.stage, source.status) == ("source", "saved, not yet taken in")
    assert found.diagnosis.startswith("It waits for working memory")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("3e16c8", "Several memories begin with 3e16c8: give more of the id."),
        ("ffff", "There is no memory ffff, and there was none."),
        ("the tea", "'the tea' is no memory id"),
        ("'; drop table x", "is no memory id"),
        ("  ", "is no memory id"),
    ],
)
def test_what_leads_to_no_memory_is_told(two: World, wanted: str, told: str) -> None:
    with pytest.raises(CodexError) as refused:
        journey(configured_lake(), wanted)
    assert told in str(refused.value)


def test_a_whole_id_is_never_several(two: World) -> None:
    assert str(journey(configured_lake(), SECOND).memory_id) == SECOND
