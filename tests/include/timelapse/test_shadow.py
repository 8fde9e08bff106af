"""A shadow is an installation of its own: what happens in it leaves the served one as it is."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from include.errors import CodexError
from include.parameters import parameters
from include.settings import settings
from include.store.address import store_url
from include.timelapse.shadow import PREFIX, copy_answers, copy_memories, copy_retrievals, shadow
from tests.conftest import World

pytestmark = pytest.mark.integration  # prepares whole shadows

NOTE = {"content": "Turns out the cache was cold.", "created_at": "2026-03-02T09:00:00+01:00"}


def databases(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return [name for (name,) in rows.fetchall()]


def test_what_happens_in_a_shadow_leaves_the_installation_as_it_is(world: World, tmp_path: Path) -> None:
    world.remember([NOTE])
    world.run("working", as_of="2026-03-02T09:10:00+01:00")
    world.store("INSERT INTO codex_processed.retrievals (memory_id) SELECT id FROM public.memories")
    world.store("ALTER TABLE public.memories ALTER COLUMN context DROP NOT NULL")  # an owner's may be less strict
    world.store("UPDATE public.memories SET context = NULL")
    before, home, capacity = world.export(), settings().codex_home, parameters().working_memory_capacity

    # Left behind by a process that was killed.
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {PREFIX}left_behind")  # type: ignore[arg-type]

    with shadow(tmp_path / "shadow", changes={"working_memory_capacity": 5}) as made:
        assert len(databases(world.url)) == 1, "what a killed process left behind is swept"
        assert settings().codex_home == tmp_path / "shadow"
        assert store_url() == made.url != world.url
        assert parameters().working_memory_capacity == 5
        assert copy_memories(made) == 1
        copy_retrievals(made)
        copy_answers(made)
        shadowed = World(made.url, made.folder)
        assert shadowed.lake("select count(*) from control.llm_responses") == [(1,)]
        assert shadowed.store("SELECT count(*) FROM codex_processed.retrievals") == [(1,)]
        shadowed.store("DELETE FROM public.memories")

    assert databases(world.url) == []
    assert not (tmp_path / "shadow").exists()
    assert (settings().codex_home, parameters().working_memory_capacity) == (home, capacity)
    assert world.store("SELECT count(*) FROM public.memories") == [(1,)]
    assert world.export() == before


def test_a_shadow_of_what_was_never_prepared_has_no_answers_to_copy(world: World, tmp_path: Path) -> None:
    with shadow(tmp_path / "shadow") as made:
        shadowed = World(made.url, made.folder)
        world.store("DROP SCHEMA codex_lake CASCADE")
        copy_answers(made)
        assert shadowed.lake("select count(*) from control.llm_responses") == [(0,)]


def test_a_shadow_with_a_parameter_out_of_range_is_not_made(world: World, tmp_path: Path) -> None:
    with (
        pytest.raises(CodexError, match=r"working_memory_capacity is 12.*allowed 5 to 9 memories.*Miller 1956"),
        shadow(tmp_path, changes={"working_memory_capacity": 12}),
    ):
        pass
    assert databases(world.url) == []
