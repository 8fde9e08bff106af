"""Forgetting on request: gone for readers at once, gone everywhere after the next runs, and never back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import duckdb
import psycopg
import pytest

from include.curation.forget import forget, to_forget
from include.internals import close_dbts_lake
from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up
from include.monitoring.status import accounting
from include.reading.journey import journey
from include.rhythms.catalogue import DEEP_SLEEP, HEALTH, HIPPOCAMPAL_REPLAY, INSIGHTS
from include.rhythms.gates import pending
from include.served.publish import publish
from tests.conftest import World, new_world
from tests.include.cli.conftest import run_codex
from tests.include.rhythms.test_gates import clock

SECRET = "Zephyrine"
NOTES = [
    {"content": f"{SECRET} fixed the failing release pipeline by warming the cache. What a relief, I am so happy!",
     "created_at": "2026-03-04T09:03:00+01:00"},
    {"content": "The release failed because the cache was cold. Important: warm the cache before every release.",
     "created_at": "2026-03-04T09:02:00+01:00"},
    {"content": "Decided with Anna to release on Friday: the deadline is firm and I am nervous about it!",
     "created_at": "2026-03-04T09:00:00+01:00"},
]  # fmt: skip
NIGHT = "2026-03-05T03:00:00+01:00"
LATER = "2026-03-05T12:00:00+01:00"


@pytest.fixture(scope="module")
def learned(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which three memories became knowledge; the tests go on in it, one after the other."""
    with new_world(installation, tmp_path_factory.mktemp("forget")) as world:
        world.remember(NOTES)
        world.run("working", "insights", "short_term", "hippocampal", "deep_sleep", as_of=NIGHT)
        publish(configured_lake(), HEALTH.serves, as_of=clock("health").as_of, run_id="run")
        yield world
        close_dbts_lake()


def secret_of(world: World) -> UUID:
    [(memory_id,)] = world.store("SELECT id FROM public.memories WHERE content LIKE %s", [f"%{SECRET}%"])
    return UUID(str(memory_id))


def served_rows_with(world: World, text: str) -> dict[str, int]:
    found = {}
    tables = world.store("SELECT table_name FROM information_schema.tables WHERE table_schema = 'codex_processed'")
    for (table,) in tables:
        [(count,)] = world.store(f"SELECT count(*) FROM codex_processed.{table} AS t WHERE t::text ILIKE '%{text}%'")
        if count:
            found[table] = count
    return found


def test_a_wish_takes_effect_at_once_and_for_good(learned: World) -> None:
    memory_id = secret_of(learned)
    assert {"memory_index", "insights", "memory_journey"} <= served_rows_with(learned, str(memory_id)).keys()
    learned.store("INSERT INTO codex_processed.retrievals (memory_id, reader) VALUES (%s, 'test')", [memory_id])
    [(answers,)] = learned.lake("select count(*) from control.llm_responses")
    [(vectors,)] = learned.lake("select count(*) from control.embeddings")

    said = run_codex("forget", str(memory_id)[:8], "--yes", "--json").json
    assert said == [{"memory_id": str(memory_id), "was_known": True, "suppressed": False, "history_expired": False}]
    # Readers: neither the memory, nor its words, in any table; only the wish itself.
    assert served_rows_with(learned, str(memory_id)) == {"forgotten": 1}
    assert served_rows_with(learned, SECRET) == {}
    assert learned.store("SELECT word FROM codex_processed.search_words WHERE word LIKE 'zephyr%'") == []
    assert learned.store("SELECT count(*) FROM public.memories") == [(2,)]
    # What was answered about it, and its vector, are kept no more; those of the others are.
    assert answers > learned.lake("select count(*) from control.llm_responses")[0][0] >= 2
    assert learned.lake("select count(*) from control.embeddings") == [(vectors - 1,)]
    assert learned.lake(f"select count(*) from staging.stg_codex_store__memories where content like '%{SECRET}%'") == [
        (0,)
    ]
    # The lake still has its trace; publishing it does not serve it.
    assert learned.lake("select count(*) from short_term.stm_traces where memory_id = ?", [memory_id]) == [(1,)]
    for rhythm in (INSIGHTS, DEEP_SLEEP, HIPPOCAMPAL_REPLAY):
        publish(configured_lake(), rhythm.serves, as_of=clock("health").as_of, run_id="run")
    assert served_rows_with(learned, str(memory_id)) == {"forgotten": 1}

    told = journey(configured_lake(), str(memory_id))
    assert (told.stages[0].status, told.title) == ("forgotten", "(forgotten)")
    assert "as you wished" in told.diagnosis
    assert "The next runs take away" in told.diagnosis


def test_a_second_wish_changes_nothing(learned: World) -> None:
    [(memory_id, at)] = learned.store("SELECT memory_id, forgotten_at FROM codex_processed.forgotten")
    [said] = run_codex("forget", str(memory_id), "--yes", "--json").json
    assert said["was_known"] is False
    assert learned.store("SELECT memory_id, forgotten_at FROM codex_processed.forgotten") == [(memory_id, at)]


def test_the_next_runs_take_it_along_everywhere_and_expired_history_has_no_word_of_it(learned: World) -> None:
    [(memory_id,)] = learned.store("SELECT memory_id FROM codex_processed.forgotten")
    assert pending(configured_lake(), clock("working_memory")).count > 0
    learned.run("working", "insights", "short_term", "hippocampal", "deep_sleep", as_of=LATER, asleep=False)
    close_dbts_lake()
    for schema, table in learned.lake(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'lake'"
    ):
        if table in {"stg_codex_store__memories", "llm_calls"}:
            continue  # tombstones without text, and the account of calls: ids alone
        [(count,)] = learned.lake(
            f"select count(*) from {schema}.{table} as t where cast(t as varchar) like '%{memory_id}%' "
            f"or cast(t as varchar) like '%{SECRET}%'"
        )
        assert count == 0, (schema, table)
    assert SECRET.encode() not in learned.export()
    [(episodes,)] = learned.store("SELECT count(*) FROM codex_processed.episodes")
    assert episodes == 1  # laid down anew, without it

    keep_up(configured_lake(), keep_days=0, keep_files_days=0)
    with duckdb.connect() as reader:
        for file in (learned.folder / "lake").rglob("*.parquet"):
            [(count,)] = reader.execute(
                f"select count(*) from read_parquet('{file}') as t where cast(t as varchar) like '%{SECRET}%'"
            ).fetchall()
            assert count == 0, file
    assert "The next runs" not in journey(configured_lake(), str(memory_id)).diagnosis


def test_what_is_saved_again_is_known_again(learned: World) -> None:
    [(memory_id,)] = learned.store("SELECT memory_id FROM codex_processed.forgotten")
    learned.remember([{"id": str(memory_id), **NOTES[0]}])
    learned.run("working", as_of=LATER)
    assert learned.store("SELECT count(*) FROM codex_processed.memory_index WHERE memory_id = %s", [memory_id]) == [
        (1,)
    ]
    assert journey(configured_lake(), str(memory_id)).stages[0].status == "taken in"


def test_in_an_owners_table_it_is_suppressed_and_not_learned_from_again(world: World) -> None:
    world.remember(NOTES)
    world.run("working", as_of=NIGHT)
    memory_id = secret_of(world)
    [(chosen, text)] = to_forget(configured_lake(), [str(memory_id)]).items()
    assert (chosen, SECRET in text) == (memory_id, True)
    [done] = forget(configured_lake(), [memory_id], owned=False)
    assert (done.was_known, done.is_suppressed) == (True, True)
    assert world.store("SELECT count(*) FROM public.memories") == [(3,)]
    assert pending(configured_lake(), clock("working_memory")).count > 0
    world.run("working", as_of=LATER)
    assert pending(configured_lake(), clock("working_memory")).count == 0
    assert accounting() | {"pending": 0} == accounting()
    assert accounting()["source"] == 2
    assert served_rows_with(world, SECRET) == {}
    assert "still in your table" in journey(configured_lake(), str(memory_id)).diagnosis
    world.store(
        "UPDATE public.memories SET summary = 'Changed by its owner.', updated_at = now() WHERE id = %s", [memory_id]
    )
    world.run("working", as_of=LATER)
    assert served_rows_with(world, "Changed by its owner") == {}


def test_bad_wishes_are_one_line_and_unanswered_ones_change_nothing(world: World) -> None:
    world.remember(NOTES[:1])
    assert "There is no memory" in run_codex("forget", "00000000", "--yes").complaint
    assert "no memory id" in run_codex("forget", "Zephyrine", "--yes").complaint
    said = run_codex("forget", str(secret_of(world)), stdin=b"n\n")
    assert said.code == 1
    assert world.store("SELECT count(*) FROM public.memories") == [(1,)]
    with psycopg.connect(world.url) as store:
        assert store.execute("SELECT count(*) FROM codex_processed.forgotten").fetchone() == (0,)
