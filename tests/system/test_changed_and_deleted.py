"""Changed source text is studied again, deleted source text takes along what came of it: at every stage, and served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from include.lake.connection import configured_lake
from include.rhythms.catalogue import NIGHT
from include.runs.warm_rhythms import WarmRhythms
from tests.conftest import World, new_world

pytestmark = pytest.mark.soak  # many runs of the whole pipeline

CHANGED, DELETED = "Zephyrine", "Quillonbury"
ANEW = "Oswaldine"
NOTES = [
    "Decided with Anna to release on Friday: the deadline is firm and I am nervous about it!",
    "The release failed because the cache was cold. Important: warm the cache before every release.",
    f"{CHANGED} fixed the failing release pipeline by warming the cache. What a relief, I am so happy!",
    f"Urgent: {DELETED} moved the deadline of the release to Monday, Anna is furious about the broken pipeline!",
]
NOW = datetime.now(UTC).replace(microsecond=0)
"""A change is dated by when it was saved, so the nights lie around the present."""
MORNING = (NOW - timedelta(days=21)).replace(hour=9, minute=0, second=0)
NIGHTS = [MORNING + timedelta(hours=18), NOW + timedelta(hours=2)]
CHANGED_AT = NOW + timedelta(hours=1)
HISTORY = {"staging.stg_codex_store__memories", "control.llm_responses", "control.llm_calls", "control.embeddings"}
"""Earlier versions, and answers kept by content: they are no knowledge, and a reader sees neither."""


def holding(world: World, text: str) -> set[str]:
    """The tables of the lake and of the served schema in which a text or an id stands; without history."""
    found = set()
    with configured_lake().connect(threads=1) as lake, psycopg.connect(world.url) as store:
        tables = lake.execute(
            "select table_schema || '.' || table_name from information_schema.tables where table_catalog = 'lake'"
        ).fetchall()
        for (table,) in tables:
            question = f"select 1 from {table} as t where cast(t as varchar) ilike '%{text}%' limit 1"
            if table not in HISTORY and lake.execute(question).fetchall():
                found.add(table)
        served = store.execute(
            "SELECT 'codex_processed.' || table_name FROM information_schema.tables "
            "WHERE table_schema = 'codex_processed'"
        ).fetchall()
        for (table,) in served:
            if store.execute(f"SELECT 1 FROM {table} AS t WHERE t::text ILIKE '%{text}%' LIMIT 1").fetchall():  # type: ignore[arg-type]
                found.add(table)
    return found


def ids(world: World) -> dict[str, str]:
    """Content → id, of all notes."""
    return dict(world.store("SELECT content, id::text FROM public.memories"))


def strengths(world: World) -> dict[str, tuple[Any, ...]]:
    rows = world.lake("select cast(memory_id as varchar), stability_days, last_event_at from long_term.ltm_strength")
    return {memory_id: tuple(rest) for memory_id, *rest in rows}


STAGES = {
    "working_memory.wm_admissions", "short_term.stm_traces", "consolidation.replay_events",
    "consolidation.memory_associations", "consolidation.memory_replay", "long_term.ltm_semantic_network",
    "long_term.ltm_strength", "codex_processed.memory_index", "codex_processed.associations",
    "codex_processed.semantic_memory", "codex_processed.insights",
}  # fmt: skip


@pytest.fixture(scope="module")
def learned(
    installation: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, WarmRhythms, dict[str, str], dict[str, tuple[Any, ...]]]]:
    """A world after a night, a change, a deletion, and another night; who was who, and how strong they were before."""
    with (
        new_world(installation, tmp_path_factory.mktemp("changed")) as world,
        closing(WarmRhythms(NIGHT, audited=False)) as warm,
    ):
        world.remember([{"content": text, "created_at": MORNING.isoformat()} for text in NOTES])
        known = ids(world)
        for rhythm in NIGHT:
            warm.run(rhythm, NIGHTS[0], asleep=True)
        for content in (NOTES[2], NOTES[3]):
            assert holding(world, known[content]) >= STAGES, content
        before = strengths(world)
        world.store(
            "UPDATE public.memories SET content = replace(content, %s, %s), updated_at = %s WHERE id = %s",
            [CHANGED, ANEW, CHANGED_AT, known[NOTES[2]]],
        )
        world.store("DELETE FROM public.memories WHERE id = %s", [known[NOTES[3]]])
        for rhythm in NIGHT:
            warm.run(rhythm, NIGHTS[1], asleep=True)
        yield world, warm, known, before


Learned = tuple[World, WarmRhythms, dict[str, str], dict[str, tuple[Any, ...]]]


def test_changed_text_is_a_new_version_and_nothing_says_the_old_one(learned: Learned) -> None:
    world, _, known, _ = learned
    memory_id = known[NOTES[2]]
    versions = world.lake(
        "select version_no, is_current, content like '%Oswaldine%' from staging.stg_codex_store__memories "
        "where memory_id = ? order by version_no",
        [memory_id],
    )
    assert versions == [(1, False, False), (2, True, True)]
    assert holding(world, CHANGED) == set()
    assert holding(world, memory_id) >= STAGES
    assert "codex_processed.semantic_memory" in holding(world, ANEW)


def test_to_change_a_text_is_to_study_it_again(learned: Learned) -> None:
    world, _, known, before = learned
    memory_id = known[NOTES[2]]
    stability, last_event_at = strengths(world)[memory_id]
    assert last_event_at == CHANGED_AT
    assert stability > before[memory_id][0]
    others = {known[NOTES[0]], known[NOTES[1]]} & before.keys()
    assert others, "there is knowledge that was not studied again"
    for other in others:
        assert strengths(world)[other][1] != CHANGED_AT


def test_deleted_text_takes_along_all_that_came_of_it_and_only_that(learned: Learned) -> None:
    world, _, known, _ = learned
    assert holding(world, DELETED) == set()
    assert holding(world, known[NOTES[3]]) == set()
    [(is_deleted,)] = world.lake(
        "select is_deleted from staging.stg_codex_store__memories where memory_id = ? and is_current",
        [known[NOTES[3]]],
    )
    assert is_deleted
    for content in NOTES[:3]:
        assert "short_term.stm_traces" in holding(world, known[content])
        assert "codex_processed.memory_index" in holding(world, known[content])


def test_a_third_night_has_nothing_left_to_do(learned: Learned) -> None:
    world, warm, _, _ = learned
    before = world.export()
    for rhythm in NIGHT[:-1]:
        warm.run(rhythm, NIGHTS[1], asleep=True)
    assert world.export() == before
