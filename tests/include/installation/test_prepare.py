"""Preparing an installation: what it makes, and what it must never make."""

from __future__ import annotations

import pytest

from include.errors import CodexError
from include.installation.prepare import check_prepared, prepare_source
from include.settings import settings
from tests.conftest import World


def test_a_source_table_that_was_renamed_is_not_made_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one would have all memories forgotten."""
    world.remember([{"content": "The ferry sailed.", "created_at": "2026-03-01T09:00:00Z"}])
    world.run("working", as_of="2026-03-02T12:00:00+00:00")
    world.store("ALTER TABLE public.memories RENAME TO kept_memories")
    told = r"public\.memories is gone, and 1 memories .* public\.kept_memories looks like it: rename it back"
    for look in (prepare_source, check_prepared):
        with pytest.raises(CodexError, match=told):
            look()
    assert world.store("SELECT to_regclass('public.memories')") == [(None,)]

    world.store("ALTER TABLE public.kept_memories RENAME TO memories")
    prepare_source()
    assert world.store("SELECT count(*) FROM public.memories") == [(1,)]

    world.store("DROP TABLE public.memories")
    with pytest.raises(CodexError, match=r"Restore a backup .*CODEX_NEW_SOURCE_TABLE=true"):
        prepare_source()
    monkeypatch.setenv("CODEX_NEW_SOURCE_TABLE", "true")
    settings.cache_clear()
    prepare_source()
    assert world.store("SELECT count(*) FROM public.memories") == [(0,)]


def test_where_nothing_was_known_yet_the_table_is_made(world: World) -> None:
    world.store("DROP TABLE public.memories")
    prepare_source()
    assert world.store("SELECT count(*) FROM public.memories") == [(0,)]
