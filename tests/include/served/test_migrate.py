"""The served schema's versions: up, down, up."""

from __future__ import annotations

from typing import Any

from include.served.migrate import migrate
from tests.conftest import World

NOW = "2026-03-29T03:00:00+02:00"


def shape(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All that makes the schema, and the rows that it is born with."""
    return {
        "columns": world.store(
            "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default, "
            "generation_expression FROM information_schema.columns WHERE table_schema = 'codex_processed' ORDER BY 1, 3"
        ),
        "constraints": world.store(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'codex_processed'::regnamespace ORDER BY 1, 2"
        ),
        "indexes": world.store(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'codex_processed' ORDER BY 1"
        ),
        "views": world.store(
            "SELECT viewname, definition FROM pg_views WHERE schemaname = 'codex_processed' ORDER BY 1"
        ),
        "functions": world.store(
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'codex_processed'::regnamespace ORDER BY 1"
        ),
        "triggers": world.store(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = 'codex_processed'::regnamespace) ORDER BY 1"
        ),
        "version": world.store("SELECT * FROM codex_processed.alembic_version"),
        "born with": world.store("SELECT * FROM codex_processed.cut_over"),
    }


def test_up_down_and_up_again_is_as_up_once(world: World) -> None:
    before = shape(world)
    assert {"insights", "semantic_memory", "creative_insights", "memory_index"} <= {row[0] for row in before["columns"]}
    migrate(world.url, "base")
    left = world.store(
        "SELECT relname FROM pg_class WHERE relnamespace = 'codex_processed'::regnamespace AND relkind = 'r'"
    )
    assert left == [("alembic_version",)]
    assert world.store("SELECT proname FROM pg_proc WHERE pronamespace = 'codex_processed'::regnamespace") == []
    migrate(world.url)
    assert shape(world) == before


def test_migrating_what_is_current_changes_nothing(world: World) -> None:
    before = shape(world)
    world.store("UPDATE codex_processed.cut_over SET share = 0.5")
    migrate(world.url)
    assert world.store("SELECT share FROM codex_processed.cut_over") == [(0.5,)]
    assert {name: rows for name, rows in shape(world).items() if name != "born with"} == {
        name: rows for name, rows in before.items() if name != "born with"
    }


def test_a_memory_deleted_while_the_schema_was_down_does_not_come_back(world: World) -> None:
    world.remember([{"content": "Tea.", "created_at": NOW}, {"content": "Milk.", "created_at": NOW}])
    for content in ("Tea.", "Milk."):
        world.store(
            "INSERT INTO codex_processed.memory_index (memory_id, content, created_at, status, as_of, row_hash) "
            "SELECT id, content, created_at, 'pending', now(), '' FROM public.memories WHERE content = %s",
            [content],
        )
    migrate(world.url, "base")
    world.store("DELETE FROM public.memories WHERE content = 'Milk.'")
    migrate(world.url)
    assert world.store("SELECT content FROM codex_processed.memory_index") == [("Tea.",)]
