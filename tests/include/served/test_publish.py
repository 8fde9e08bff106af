"""Publishing: what the lake holds becomes what is served, whole or not at all, and only what is new crosses over."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from include.lake.connection import configured_lake
from include.served.publish import Published, publish
from include.served.tables import served_tables
from tests.conftest import World

MONDAY, TUESDAY = (datetime(2026, 3, day, 9, tzinfo=UTC) for day in (2, 3))
TABLES = ["insights", "episodes"]


def learn(*statements: str) -> None:
    with configured_lake().connect(threads=1) as lake:
        for statement in statements:
            lake.execute(statement)


def insight(number: int, text: str, confidence: float = 0.5) -> str:
    return (
        "insert into insights.insights by name select "
        f"cast('{number:08d}-0000-4000-8000-000000000000' as uuid) as insight_id, insight_id as memory_id, "
        f"'{text}' as key_insight, 'idea' as insight_type, {confidence} as confidence_score, ['Anna'] as people, "
        "[] as concepts, [] as tools, [] as locations, 'm' as model, '1' as prompt_version, "
        "timestamptz '2026-03-01 09:00:00+00' as answered_at, timestamptz '2026-03-01 08:00:00+00' as created_at"
    )


def served(world: World) -> dict[str, tuple[Any, ...]]:
    """Text → version of the row (its writer and place), instant, hash."""
    rows = world.store("SELECT key_insight, xmin::text, ctid::text, as_of, row_hash FROM codex_processed.insights")
    return {text: tuple(rest) for text, *rest in rows}


def published(at: datetime = MONDAY, run_id: str = "run") -> Published:
    return publish(configured_lake(), TABLES, as_of=at, run_id=run_id)[0]


def test_only_what_came_changed_or_went_is_touched(world: World) -> None:
    learn(insight(1, "Tea."), insight(2, "Milk."), insight(3, "Bread."))
    first = published()
    assert (first.table, first.rows, first.came, first.changed, first.went, first.news) == ("insights", 3, 3, 0, 0, 3)
    before = served(world)
    assert {row[2] for row in before.values()} == {MONDAY}

    again = published(TUESDAY, "again")
    assert (again.rows, again.news) == (3, 0)
    assert served(world) == before

    learn(
        "delete from insights.insights where key_insight = 'Milk.'",
        "update insights.insights set confidence_score = 0.9 where key_insight = 'Bread.'",
        insight(4, "Cello."),
    )
    third = published(TUESDAY, "third")
    assert (third.rows, third.came, third.changed, third.went) == (3, 1, 1, 1)
    after = served(world)
    assert after["Tea."] == before["Tea."]
    assert set(after) == {"Tea.", "Bread.", "Cello."}
    assert (after["Bread."][2], after["Cello."][2]) == (TUESDAY, TUESDAY)
    assert world.store(
        "SELECT confidence_score, people FROM codex_processed.insights WHERE key_insight = 'Bread.'"
    ) == [(0.9, ["Anna"])]
    told = world.store("SELECT rows, came, changed, went, as_of, run_id FROM codex_processed.publications")
    assert sorted(told) == [(0, 0, 0, 0, TUESDAY, "third"), (3, 1, 1, 1, TUESDAY, "third")]


def test_all_tables_are_published_or_none(world: World) -> None:
    learn(insight(1, "Tea."))
    published()
    learn(insight(2, "Milk."), "insert into short_term.stm_episode_formation by name select uuid() as episode_id")
    with pytest.raises(psycopg.errors.NotNullViolation):
        published(TUESDAY, "broken")
    assert set(served(world)) == {"Tea."}
    assert {run for (run,) in world.store("SELECT run_id FROM codex_processed.publications")} == {"run"}


def test_every_served_table_can_be_published_and_twice_changes_nothing(world: World) -> None:
    tables = sorted(served_tables())
    for _ in range(2):
        assert [done.news for done in publish(configured_lake(), tables, as_of=MONDAY, run_id="run")] == [0] * len(
            tables
        )
    names = {name for (name,) in world.store("SELECT table_name FROM codex_processed.publications")}
    assert names == set(tables)


def test_a_reader_in_a_loop_never_sees_half_of_a_publication(world: World) -> None:
    """Two tables of two hundred rows tell a version; a reader that asks for all of them is told one."""
    episode = (
        "insert into short_term.stm_episode_formation by name select "
        "cast(lpad(cast(range as varchar), 8, '0') || '-0000-4000-8000-000000000000' as uuid) as episode_id, "
        "timestamptz '2026-03-01 09:00:00+00' as started_at, started_at as ended_at, [episode_id] as memory_ids, "
        "'0' as headline, [] as people, [] as places, [] as topics, 0 as peak_arousal, 0 as mean_valence, "
        "0 as peak_strength from range(200)"
    )
    learn(*(insight(number, "0") for number in range(1, 201)), episode)
    published()
    versions, ended = 12, threading.Event()
    seen: list[tuple[int, list[str]]] = []

    def read() -> None:
        with psycopg.connect(world.url, autocommit=True) as reader:
            while not ended.is_set():
                row = reader.execute(
                    "SELECT count(*), array_agg(DISTINCT told) FROM ("
                    "SELECT key_insight AS told FROM codex_processed.insights "
                    "UNION ALL SELECT headline FROM codex_processed.episodes) AS all_rows"
                ).fetchone()
                assert row is not None
                seen.append(row)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for version in range(1, versions):
            learn(
                f"update insights.insights set key_insight = '{version}'",
                f"update short_term.stm_episode_formation set headline = '{version}'",
            )
            published(run_id=str(version))
        ended.set()
        reading.result()
    assert {count for count, _ in seen} == {400}
    assert {len(told) for _, told in seen} == {1}
    assert len({told[0] for _, told in seen}) >= 3  # it did look while versions changed


def test_a_ledger_with_doubled_rows_is_served_with_one_row_a_key(world: World) -> None:
    learn(insight(1, "Tea."), insight(1, "Tea."), insight(2, "Milk."), insight(2, "Milk, again."))
    first = published()
    assert (first.rows, first.came) == (2, 2)
    known = served(world)
    assert "Tea." in known
    assert len(known) == 2
    again = published(TUESDAY, "again")
    assert (again.rows, again.news) == (2, 0)
    assert served(world) == known


def test_what_was_published_is_known_to_the_planner(world: World) -> None:
    known = "SELECT reltuples::int FROM pg_class WHERE oid = 'codex_processed.insights'::regclass"
    learn(insight(1, "Tea."), insight(2, "Milk."), insight(3, "Bread."))
    published()
    assert world.store(known) == [(3,)]
