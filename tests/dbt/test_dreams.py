"""Dreams through the real rhythm: between two threads and for an open point, at most one a night, and mostly none."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

import pytest

from include.curation.forget import forget
from include.lake.connection import configured_lake
from include.parameters import CHANGED_PARAMETERS, parameters
from include.rhythms.clock import Clock, read_clock, set_clock
from include.rhythms.gates import pending
from include.rhythms.sleep_plan import SleepPlan
from include.settings import settings
from tests.conftest import World

NIGHT = datetime.fromisoformat("2026-07-02T03:00:00+02:00")
OPEN = "The halyard of the Zeevonk jams in its sheave, Wim says: find beeswax for it by Friday."
"""A note of the one thread, with an open point; beeswax is what a note of the other has."""
HELPS = "Melted the old combs of the left hive: 400 g of beeswax in jars on the sill, and nobody knows what for."
SAILING = (
    OPEN,
    "First lesson on the water with Greta.",
    "Passed the dinghy exam, 52 of 60.",
    "We bought a boat.",
    "A boat we bought.",
)
"""Two of them are more alike than what can meet."""
BEES = (HELPS, "Two colonies came through the winter.", "Swarm in the bank's lime tree.")
LEARNED = """
    create temp table known as
    select memory_id, embedding_hash, row_number() over (order by memory_id) as nth
    from working_memory.wm_admissions;
    insert into long_term.ltm_semantic_network by name
    select memory_id, 'field ' || nth as semantic_category, 'gist' as semantic_gist, [] as concepts, 1 as beat
    from known;
    insert into long_term.ltm_strength by name
    select memory_id, 0.5 as retrieval_strength, false as is_archived from known;
    insert into short_term.stm_traces by name select memory_id, embedding_hash from known;
    insert into threads.threads by name
    select md5(title)::uuid as thread_id, title, '[]' as open from (values ('The boat'), ('Bees')) as named (title);
"""


def clock_of(rhythm: str) -> Clock:
    plan = SleepPlan.of(parameters(), settings().zone)
    given = {"as_of": NIGHT.isoformat(), "asleep": True}
    return read_clock(rhythm, "run", plan, trigger="manual", run_after=NIGHT, given=given, wake_ups=[])


def lived(world: World, monkeypatch: pytest.MonkeyPatch, *, is_open: bool) -> dict[str, UUID]:
    """Two threads of what is known, each item of a field of its own; one commitment. Text → memory."""
    # As many pairs as may meet: which of them do is a matter of chance.
    wide = {"rem_pairs_per_night": 50, "rem_band_low": 0.3, "rem_band_high": 0.99}
    monkeypatch.setenv(CHANGED_PARAMETERS, json.dumps(wide))
    texts = [*SAILING, *BEES]
    world.remember(
        [{"content": text, "created_at": f"2026-06-{10 + nth}T11:00:00+02:00"} for nth, text in enumerate(texts)]
    )
    world.run("working", as_of=NIGHT)
    set_clock(configured_lake(), clock_of("deep_sleep"))
    ids = dict(world.lake("select content, memory_id from staging.stg_codex_store__current_memories"))
    with configured_lake().connect(threads=1) as lake:
        lake.execute(LEARNED)
        for text in texts:
            lake.execute(
                "insert into threads.thread_places by name select ? as memory_id, md5(?)::uuid as thread_id",
                [ids[text], "The boat" if text in SAILING else "Bees"],
            )
        lake.execute("delete from threads.commitments")
        lake.execute(
            "insert into threads.commitments by name select uuid() as commitment_id, ? as opened_by, ? as state, "
            "'find beeswax for the sheave' as what, 'me' as who, date '2026-07-03' as due_date, "
            "timestamptz '2026-06-10 09:00:00+00' as opened_at",
            [ids[OPEN], "open" if is_open else "done"],
        )
    world.run("rem_sleep", as_of=NIGHT)
    return ids


DREAMS = "select concerned_id, other_id, open_point, is_kept from rem.creative_insights order by all"


def test_a_dream_joins_an_open_point_and_a_note_of_another_thread(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = lived(world, monkeypatch, is_open=True)
    asked = world.lake(DREAMS)
    assert 1 <= len(asked) <= 3
    bees = {ids[text] for text in BEES}
    for concerned, other, point, _ in asked:
        assert concerned == ids[OPEN]
        assert other in bees
        assert point == "find beeswax for the sheave"
    told = world.store(
        "SELECT creative_connection, shared_theme, source_memory_ids FROM codex_processed.creative_insights"
    )
    assert len(told) == 1, asked
    [(text, theme, notes)] = told
    assert theme == "beeswax"
    assert "Open in \u201cThe boat\u201d: find beeswax for the sheave (2026-07-03)." in text
    assert "\u201cBees\u201d knows, too. 2026-06-15: Melted the old combs" in text
    assert notes == [ids[OPEN], ids[HELPS]]
    assert pending(configured_lake(), clock_of("rem_sleep")).count == 0

    world.run("rem_sleep", as_of=NIGHT)
    assert world.lake(DREAMS) == asked

    forget(configured_lake(), notes[:1], owned=True)
    for table in ("rem_requests", "rem_choices", "creative_insights"):
        held = f"select count(*) from rem.{table} as t where cast(t as varchar) like '%{notes[0]}%'"
        assert world.lake(held) == [(0,)], table
    assert world.store("SELECT count(*) FROM codex_processed.creative_insights") == [(0,)]


def test_a_night_without_an_open_point_brings_no_dream(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(world, monkeypatch, is_open=False)
    [(pairs,)] = world.lake("select count(*) from rem.rem_pairs")
    assert pairs > 10, "pairs meet all the same"
    assert world.lake("select count(*) from rem.creative_insights") == [(0,)]
