"""What is doubled or orphaned is found and mended, in every ledger; an installation that it broke works again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.installation.doctor import examine, repair, repair_ledgers
from include.lake.connection import configured_lake
from include.store.exclusive import Holder, exclusively
from tests.conftest import World, new_world
from tests.include.cli.conftest import Codex, run_codex

NOTES = [
    {"content": f"{who} and I {what} in Leipzig.", "created_at": f"2026-03-02T{9 + hour:02d}:00:00+01:00"}
    for hour, (who, what) in enumerate(
        [
            ("Anna", "tuned the cello, which was terribly out of tune"),
            ("Anna", "played the first suite, and it was wonderful"),
            ("Bert", "mended the pump in the cellar"),
            ("Bert", "found a glove in the pump, what a fright"),
        ]
    )
]
EVENING, LATER = "2026-03-02T23:00:00+01:00", "2026-03-03T12:00:00+01:00"
A_STRANGER = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def slept(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that slept once; each test leaves it as it was."""
    with new_world(installation, tmp_path_factory.mktemp("slept")) as world:
        world.remember(NOTES)
        world.run("all", as_of=EVENING)
        yield world


def double(*places: str) -> None:
    with configured_lake().connect(threads=1) as lake:
        for place in places:
            lake.execute(f"insert into {place} from {place}")


def ledgers(world: World) -> list[str]:
    """Every table of the lake with rows, but requests and what is computed anew from others each time."""
    rows = world.lake("select schema_name, table_name from duckdb_tables() where database_name = 'lake' order by all")
    places = [f"{schema}.{name}" for schema, name in rows]
    return [place for place in places if world.lake(f"select 1 from {place} limit 1")]


EVENTS = {"control.llm_calls", "control.llm_failures"}
"""Things that happened; two rows that are alike are two events."""


def test_every_doubled_ledger_is_found_and_mended(slept: World) -> None:
    assert examine(configured_lake()) == []
    held = {place: slept.lake(f"select count(*) from {place}") for place in ledgers(slept)}
    assert {"control.embeddings", "working_memory.wm_admissions", "consolidation.replay_events"} <= held.keys()

    double(*held)
    found = {finding.place.removeprefix("lake."): finding for finding in examine(configured_lake())}
    assert {finding.trouble for finding in found.values()} == {"doubled"}
    assert held.keys() - found.keys() == EVENTS & held.keys()
    assert {place: [(finding.rows,)] for place, finding in found.items()} == {place: held[place] for place in found}

    assert {finding.place.removeprefix("lake.") for finding in repair(configured_lake())} == found.keys()
    assert examine(configured_lake()) == []
    assert {place: slept.lake(f"select count(*) from {place}") for place in found} == {
        place: held[place] for place in found
    }


def test_vectors_that_two_runs_doubled_do_not_stop_publishing_and_preparing_mends_them(slept: World) -> None:
    before = slept.store("SELECT count(*) FROM codex_processed.memory_index")
    double("control.embeddings", "control.llm_responses")
    slept.remember([{"content": "Clara repaired the bellows.", "created_at": "2026-03-02T15:00:00+01:00"}])
    slept.run("working", as_of=LATER)
    assert slept.store("SELECT count(*) FROM codex_processed.memory_index") == [(before[0][0] + 1,)]
    mended = {finding.place for finding in repair_ledgers(configured_lake())}
    assert mended == {"lake.control.embeddings", "lake.control.llm_responses"}
    assert repair_ledgers(configured_lake()) == []


def test_rows_of_a_memory_that_never_was_there_are_found_and_go(slept: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            "insert into working_memory.wm_admissions from "
            f"(select * replace (cast('{A_STRANGER}' as uuid) as memory_id) from working_memory.wm_admissions limit 1)"
        )
    slept.store("INSERT INTO codex_processed.retrievals (memory_id, reader) VALUES (%s, 'sql')", [A_STRANGER])
    slept.store(
        "INSERT INTO codex_processed.memory_strengths SELECT %s, s.episode_id, s.encoding_strength, s.strength, "
        "s.consolidated_at, s.as_of, s.row_hash FROM codex_processed.memory_strengths s LIMIT 1",
        [A_STRANGER],
    )
    places = ["lake.working_memory.wm_admissions", "codex_processed.memory_strengths", "codex_processed.retrievals"]
    assert [(finding.place, finding.trouble, finding.rows) for finding in examine(configured_lake())] == [
        (place, "orphaned", 1) for place in places
    ]
    assert [finding.place for finding in repair(configured_lake())] == places
    assert examine(configured_lake()) == []


def test_a_memory_that_was_deleted_is_no_finding_while_the_rhythms_take_it_along(slept: World) -> None:
    [(memory_id,)] = slept.store("DELETE FROM public.memories WHERE content LIKE 'Bert%%glove%%' RETURNING id")
    slept.run("working", as_of=LATER)
    assert slept.lake("select count(*) from short_term.stm_traces where memory_id = ?", [memory_id]) == [(1,)]
    assert examine(configured_lake()) == []


def test_the_command_tells_what_is_to_mend_and_ends_with_1_until_it_is(slept: World) -> None:
    codex: Codex = run_codex
    assert codex("doctor").out == "Nothing is doubled, and nothing belongs to nothing.\n"
    double("control.embeddings")
    told = codex("doctor")
    assert told.code == 1
    assert told.out.splitlines()[0].startswith("found  lake.control.embeddings: ")
    assert told.out.splitlines()[-1] == "1 place to mend: ./codex doctor --repair."
    [mended] = codex("doctor", "--repair", "--json").json
    assert (mended["place"], mended["trouble"], mended["mended"]) == ("lake.control.embeddings", "doubled", True)
    assert codex("doctor", "--json").json == []


def test_an_export_of_nothing_is_an_error_that_says_what_to_do(world: World) -> None:
    assert run_codex("export").complaint == (
        "Nothing was exported: there is no memory and no insight and no episode and no association and no knowledge "
        "and no dream and no thread and no commitment and no change and no question and no correction yet."
    )
    world.remember(NOTES)
    assert run_codex("export").complaint == (
        "Nothing was exported: none of 4 memories is served yet. ./codex consolidate takes them in; "
        "where it did not, ./codex health says why."
    )
    file = world.folder / "all.jsonl"
    assert run_codex("export", "-o", file).code == 1
    assert not file.exists()


def test_a_lock_says_who_holds_it_and_goes_to_who_waits(world: World) -> None:
    told: list[Holder] = []
    waiting, got = threading.Event(), threading.Event()

    def held(holder: Holder) -> None:
        told.append(holder)
        waiting.set()

    def wait() -> None:
        with exclusively(world.url, "something", held=held):
            got.set()

    with exclusively(world.url, "something", as_what="the first"):
        second = threading.Thread(target=wait)
        second.start()
        assert waiting.wait(30)
        assert not got.is_set()
    second.join(30)
    assert got.is_set()
    assert str(told[0]).startswith("the first, process ")
