"""The way over: measured, moved share by share, the same memories every time, and back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest

from include.curation.cutover import compare, go_back, move, share
from include.errors import CodexError
from include.store.connection import connect
from tests.conftest import World

MEMORIES = 200


@pytest.fixture
def store(world: World) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """200 memories with a quick insight, all but 50 of them known, ten of those archived."""
    with connect(world.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO codex_processed.insights (id, memory_id, key_insight, insight_type, confidence_score, "
            "extraction_model, prompt_version, source_memory_ids, extraction_timestamp, created_at, as_of, row_hash) "
            "SELECT md5('i' || n)::uuid, md5('m' || n)::uuid, 'Warm the cache early', 'idea', .5, 'm', '1', "
            "ARRAY[md5('m' || n)::uuid], now(), now(), now(), '' FROM generate_series(1, 200) n"
        )
        connection.execute(
            "INSERT INTO codex_processed.semantic_memory (id, source_memory_id, source_memory_ids, semantic_gist, "
            "confidence_score, consolidated_strength, stability_days, retrievability, retrieval_strength, memory_age, "
            "consolidation_state, is_archived, processing_version, model, prompt_version, event_at, consolidated_at, "
            "created_at, as_of, row_hash) "
            "SELECT md5('k' || n)::uuid, md5('m' || n)::uuid, ARRAY[md5('m' || n)::uuid, md5('m1')::uuid], "
            "'Warm the cache', .6, .6, 1, 1, CASE WHEN n <= 100 THEN .7 ELSE .4 END, 'recent', 'semantic', "
            "n > 140, '1', 'm', '1', now(), now(), now(), now(), '' FROM generate_series(1, 150) n"
        )
        yield connection


def biological(store: psycopg.Connection[tuple[object, ...]]) -> set[UUID]:
    rows = store.execute("SELECT memory_id, pipeline_source FROM codex_processed.insights_unified").fetchall()
    assert len(rows) == len({memory for memory, _ in rows}) == MEMORIES
    return {UUID(str(memory)) for memory, source in rows if source == "biological"}


def test_a_greater_share_takes_more_and_nobody_back(store: psycopg.Connection[tuple[object, ...]]) -> None:
    taken: list[set[UUID]] = []
    for part in (0.0, 0.1, 0.25, 0.5, 0.9, 1.0):
        move(store, part)
        chosen = biological(store)
        assert chosen == biological(store)
        # A binomial count of 140, within four standard deviations.
        assert abs(len(chosen) - 140 * part) <= 4 * (140 * part * (1 - part)) ** 0.5
        taken.append(chosen)
    assert all(before <= after for before, after in pairwise(taken))
    assert len(taken[-1]) == 140  # none that is archived, none that is not known yet
    assert share(store).biological == 140
    move(store, 0.25)
    assert biological(store) == taken[2]


def test_one_command_goes_back(store: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(CodexError, match="Nothing was cut over yet"):
        go_back(store)
    move(store, 0.25)
    move(store, 1.0)
    move(store, 1.0)  # twice is once
    go_back(store)
    assert share(store).share == 0.25
    go_back(store)
    assert share(store).share == 1.0
    with pytest.raises(CodexError, match="from 0 to 1"):
        move(store, 1.5)


def test_both_paths_are_measured_over_what_both_know(store: psycopg.Connection[tuple[object, ...]]) -> None:
    found = compare(store)
    assert (found.quick, found.biological, found.both) == (200, 140, 140)
    assert (found.quick_length, found.biological_length) == (20, 14)
    assert found.length_ratio == pytest.approx(0.7)
    assert found.biological_shorter == 140
    assert (found.quick_confidence, found.biological_surer) == (pytest.approx(0.5), 100)
    assert found.agreement == pytest.approx(2 / 3)  # warm, cache of warm, cache, early
    assert (found.quick_evidence, found.biological_evidence, found.biological_more_evidence) == (1, 2, 140)


def test_a_store_without_knowledge_has_nothing_to_compare(world: World) -> None:
    with connect(world.url) as store:
        found = compare(store)
    assert (found.both, found.agreement, found.length_ratio) == (0, None, None)
