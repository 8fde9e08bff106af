"""What each role of the database may do, tried as that role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from include.installation.prepare import make_roles, prepare
from tests.conftest import World

MEMORY = "INSERT INTO public.memories (content, content_hash) VALUES ('Tea with Anna.', 'a')"
INSIGHT = (
    "INSERT INTO codex_processed.held_back (table_name, reason, run_id) VALUES ('insights', 'a test', 'r') "
    "ON CONFLICT DO NOTHING"
)
REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def guarded(world: World) -> World:
    with psycopg.connect(world.url) as connection:
        make_roles(connection)
        make_roles(connection)  # a second time changes nothing
    world.store(MEMORY)
    return world


def test_the_embedded_store_has_them_once_it_is_prepared(world: World) -> None:
    with acting_as(world, "codex_reader") as reader:
        reader.execute("SELECT * FROM codex_processed.insights")
    world.store("REVOKE SELECT ON codex_processed.insights FROM codex_reader")
    prepare(lambda _: None)
    with acting_as(world, "codex_reader") as reader:
        reader.execute("SELECT * FROM codex_processed.insights")


@contextmanager
def acting_as(world: World, role: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection with the rights of a role and no others."""
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}")  # type: ignore[arg-type]
        yield connection


def test_a_reader_of_what_is_served_reads_and_writes_nothing(guarded: World) -> None:
    guarded.store("CREATE TABLE codex_processed.comes_later (a int)")
    with acting_as(guarded, "codex_reader") as reader:
        for table in ("insights", "semantic_memory", "memory_dashboard", "memory_health", "comes_later"):
            reader.execute(f"SELECT * FROM codex_processed.{table}")  # type: ignore[arg-type]
        for refused in (
            INSIGHT,
            "DELETE FROM codex_processed.insights",
            "UPDATE codex_processed.cut_over SET share = 1",
            "CREATE TABLE codex_processed.mine (a int)",
            "SELECT * FROM public.memories",
            "SELECT * FROM codex_lake.ducklake_snapshot",
        ):
            with pytest.raises(REFUSED):
                reader.execute(refused)  # type: ignore[arg-type]


def test_a_reader_of_the_source_sees_the_source_alone(guarded: World) -> None:
    with acting_as(guarded, "codex_source_reader") as reader:
        assert reader.execute("SELECT content FROM public.memories").fetchall() == [("Tea with Anna.",)]
        for refused in (MEMORY, "DELETE FROM public.memories", "SELECT * FROM codex_processed.insights"):
            with pytest.raises(REFUSED):
                reader.execute(refused)  # type: ignore[arg-type]


def test_the_owner_of_what_is_served_reads_the_source_and_never_writes_it(guarded: World) -> None:
    with acting_as(guarded, "codex_served_owner") as owner:
        owner.execute("SELECT content FROM public.memories")
        owner.execute(INSIGHT)  # type: ignore[arg-type]
        owner.execute("CREATE TABLE codex_processed.mine (a int)")
        owner.execute("SELECT * FROM codex_lake.ducklake_snapshot")
        for refused in (MEMORY, "UPDATE public.memories SET content = ''", "DELETE FROM public.memories"):
            with pytest.raises(REFUSED):
                owner.execute(refused)  # type: ignore[arg-type]


def test_a_stranger_has_nothing(guarded: World) -> None:
    guarded.store("CREATE ROLE stranger")
    try:
        with acting_as(guarded, "stranger") as stranger:
            for refused in (
                "SELECT * FROM public.memories",
                "SELECT * FROM codex_processed.insights",
                "SELECT * FROM codex_lake.ducklake_snapshot",
                "CREATE TABLE public.mine (a int)",
                MEMORY,
            ):
                with pytest.raises(REFUSED):
                    stranger.execute(refused)  # type: ignore[arg-type]
    finally:
        guarded.store("DROP ROLE stranger")
