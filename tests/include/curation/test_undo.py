"""A night is undone and done again: lake and served schema as before it, and what is the owner's stays."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from include.curation import corrections as owner
from include.curation.forget import forget
from include.curation.undo import nights_to_undo, redo, undo
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up
from include.store.connection import connect
from tests.conftest import World
from tests.include.cli.conftest import run_codex

FIRST, SECOND = "2026-03-05T03:00:00+01:00", "2026-03-06T03:00:00+01:00"
NOTES = [
    {"content": "I promised Anna I'd send her the invoice by Friday.", "created_at": "2026-03-04T09:00"},
    {"content": "The release failed because the cache was cold. Warm the cache!", "created_at": "2026-03-04T09:02"},
]
LATER = [
    {"content": "Need to order new filters for the hood.", "created_at": "2026-03-05T12:00"},
    {"content": "The heron stood in the rain all morning.", "created_at": "2026-03-05T13:00"},
]


def texts(exported: bytes) -> set[str]:
    return {json.loads(line)["text"] for line in exported.splitlines()}


def answers(world: World) -> Any:
    return world.lake("select count(*) from control.llm_responses")


def test_undone_and_done_again_is_the_same_to_the_byte(world: World) -> None:
    world.remember(NOTES)
    world.run("all", as_of=FIRST)
    before = world.export()
    world.remember(LATER)
    world.run("all", as_of=SECOND)
    after, known = world.export(), answers(world)
    assert before != after

    said = run_codex("undo", "--last", "--yes", "--json").json
    assert said["nights"] == ["2026-03-05"]
    assert world.export() == before, "nothing of the night is served"
    assert world.store("SELECT count(*) FROM public.memories") == [(4,)], "notes stay"
    assert answers(world) == known, "what was answered is not asked again"
    assert run_codex("undo", "--redo", "--json").json["is_redo"] is True
    assert world.export() == after

    # Both nights; then the second is lived through anew, and comes to the same.
    with connect(world.url) as store:
        assert [each.night for each in nights_to_undo(store, date(2026, 3, 4))] == [date(2026, 3, 5), date(2026, 3, 4)]
    undo(configured_lake(), date(2026, 3, 4))
    assert world.export() == b""
    redo(configured_lake())
    undo(configured_lake(), None)
    world.run("all", as_of=SECOND)
    assert world.export() == after
    with pytest.raises(CodexError, match="A rhythm has run since"):
        redo(configured_lake())


def test_the_owners_word_and_wishes_outlast_an_undo(world: World) -> None:
    world.remember(NOTES)
    world.run("all", as_of=FIRST)
    [(promise,)] = world.store("SELECT commitment_id::text FROM codex_processed.commitments")
    [(secret,)] = world.store("SELECT id FROM public.memories WHERE content LIKE 'The release%'")
    world.remember(LATER)
    world.run("all", as_of=SECOND)
    lake = configured_lake()
    owner.reject(lake, promise, by="test")
    forget(lake, [secret], owned=True)
    undo(lake, None)
    told = world.export()
    assert b"cache" not in told, "what is forgotten does not come back from the lake's history"
    assert world.lake("select count(*) from staging.stg_codex_store__memories where content like '%cache%'") == [(0,)]
    assert world.store("SELECT count(*) FROM codex_processed.commitments") == [(0,)]
    owner.reject(lake, promise, by="test", back=True)
    assert world.store("SELECT count(*) FROM codex_processed.commitments") == [(1,)]
    redo(lake)
    assert b"cache" not in world.export()


def test_what_cannot_be_undone_is_refused_and_stays(world: World) -> None:
    assert "There is no night to undo" in run_codex("undo", "--last", "--yes").complaint
    assert "Say which" in run_codex("undo").complaint
    world.remember(NOTES)
    world.run("all", as_of=FIRST)
    before = world.export()
    assert "There is no night of 2026-03-09" in run_codex("undo", "--night", "2026-03-09", "--yes").complaint
    keep_up(configured_lake(), keep_days=0, keep_files_days=0)
    assert "has expired" in run_codex("undo", "--last", "--yes").complaint
    assert "Nothing was undone" in run_codex("undo", "--redo").complaint
    assert world.export() == before
