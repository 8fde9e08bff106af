"""A table of one's own is the source, under its own names; what is wrong with it is said."""

from __future__ import annotations

import pytest

from include.errors import CodexError
from include.store.connection import connect
from include.store.own_table import map_source, mapped_columns
from tests.conftest import World

COLUMNS = mapped_columns("id=uid, content = body,created_at=written_at, tags=labels")


@pytest.fixture
def owned(world: World) -> World:
    world.store("DROP TABLE public.memories CASCADE")
    world.store("CREATE SCHEMA notes")
    world.store(
        "CREATE TABLE notes.entries "
        "(uid bigint PRIMARY KEY, body varchar, written_at timestamp, labels text[], mood int)"
    )
    world.store(
        "INSERT INTO notes.entries VALUES "
        "(7, 'The release failed because the cache was cold.', '2026-03-04 09:00', '{ci}')"
    )
    return world


def test_it_is_read_under_its_own_names(owned: World) -> None:
    with connect(owned.url) as store:
        assert map_source(store, "notes.entries", COLUMNS)
        assert not map_source(store, "notes.entries", COLUMNS), "a second time changes nothing"
    owned.run("working", "insights", as_of="2026-03-04T12:00+01:00")
    [(memory_id, content, tags, hour)] = owned.store(
        "SELECT id, content, tags, extract(hour FROM created_at AT TIME ZONE 'Europe/Berlin') FROM public.memories"
    )
    assert (content, tags, hour) == ("The release failed because the cache was cold.", ["ci"], 9)
    assert owned.store("SELECT memory_id FROM codex_processed.insights") == [(memory_id,)]
    # Another mapping is another view; the ids stay.
    with connect(owned.url) as store:
        assert map_source(store, "notes.entries", mapped_columns("id=uid,content=body,created_at=written_at"))
    assert owned.store("SELECT id FROM public.memories") == [(memory_id,)]


@pytest.mark.parametrize(
    ("table", "columns", "complaint"),
    [
        ("notes.nothing", "", "no such table"),
        ("notes.entries", "id=uid,created_at=written_at", "no column 'content'.*uid, body, written_at, labels, mood"),
        ("notes.entries", "id=uid,content=mood,created_at=written_at", "mood is of type integer"),
        ("notes.entries", "id=uid,content=body,created_at=mood", "created_at is an instant"),
        ("notes.entries", "id=uid,content=body,created_at=written_at,tags=nothing", "no column 'nothing' for tags"),
    ],
)
def test_what_is_wrong_is_said(owned: World, table: str, columns: str, complaint: str) -> None:
    with connect(owned.url) as store, pytest.raises(CodexError, match=complaint):
        map_source(store, table, mapped_columns(columns))


def test_a_table_of_memories_is_not_replaced(world: World) -> None:
    world.store("CREATE TABLE entries (id uuid, content text, created_at timestamptz)")
    with connect(world.url) as store, pytest.raises(CodexError, match="memories already"):
        map_source(store, "entries", {})
    with pytest.raises(CodexError, match="pairs such as id=uid"):
        mapped_columns("name=uid")
