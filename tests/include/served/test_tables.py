"""What dbt publishes is what the served schema has: names, types, keys, and readers that are named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from include.dbt_project.project import parse_project, run_dbt
from include.errors import CodexError
from include.rhythms.catalogue import RHYTHMS
from include.served.tables import served_table
from include.settings import REPOSITORY, home
from tests.conftest import World

TABLES = sorted({table for rhythm in RHYTHMS for table in rhythm.serves})
PUBLISHERS = {"as_of", "row_hash"}
"""Columns that the publisher adds."""
READERS = {
    "search": ["include/search"],
    "page": ["include/reading", "plugins/codex_dreams/page"],
    "export": ["include/transfer"],
    "command_line": ["include/curation", "include/demo", "include/cli"],
}
"""Exposures, and where the code is that reads for them."""


@pytest.fixture(scope="module")
def manifest(installation: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(home().manifest.read_text())
    return found


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The model of each served table."""
    return {
        node["alias"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "served"
    }


def test_every_published_table_has_a_model_and_every_model_is_published(models: dict[str, Any]) -> None:
    assert sorted(models) == TABLES


@pytest.mark.parametrize("name", TABLES)
def test_a_model_promises_what_the_served_table_has(world: World, models: dict[str, Any], name: str) -> None:
    model = models[name]
    assert model["config"]["contract"]["enforced"] is True
    assert all(column["description"] for column in (model, *model["columns"].values()))
    # As DuckDB, which is what publishing reads with, tells the types of both.
    there = {row[0]: row[1] for row in world.lake(f"describe store.codex_processed.{name}")}
    view = {row[0]: row[1] for row in world.lake(f"describe lake.served.{name}")}
    assert view == {column: there[column] for column in view}
    computed = {
        column
        for (column,) in world.store(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND (attgenerated <> '' OR atthasdef)",
            [f"codex_processed.{name}"],
        )
    }
    assert there.keys() - view.keys() <= PUBLISHERS | computed | {"processing_duration_ms", "search_vector"}
    assert list(view) == list(model["columns"]) == list(served_table(name).columns)


@pytest.mark.parametrize("name", TABLES)
def test_the_key_that_is_published_by_is_postgresqls(world: World, name: str) -> None:
    [(columns,)] = world.store(
        "SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
        "WHERE i.indisprimary AND i.indrelid = %s::regclass",
        [f"codex_processed.{name}"],
    )
    assert served_table(name).key == tuple(columns)


def test_a_view_that_does_not_keep_its_contract_is_not_built(world: World) -> None:
    parsed = parse_project()
    broken = parsed.nodes["model.codex_dreams.served_memory_strengths"]
    broken.raw_code = broken.raw_code.replace("traces.encoding_strength", "'strong' as encoding_strength")
    with pytest.raises(CodexError, match=r"(?s)served_memory_strengths.*contract.*encoding_strength"):
        run_dbt(["run", "--select", "served_memory_strengths"], parsed=parsed)


def test_two_rows_with_one_key_are_found_before_they_are_published(world: World) -> None:
    double = "insert into consolidation.trace_strength by name select $id::uuid as memory_id, 0.5 as strength"
    memory = "12345678-0000-4000-8000-000000000000"
    from include.lake.connection import configured_lake

    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into short_term.stm_traces by name select $id::uuid as memory_id", {"id": memory})
        for _ in range(2):
            lake.execute(double, {"id": memory})
    with pytest.raises(CodexError, match="primary_key_served_memory_strengths"):
        run_dbt(["test", "--select", "served_memory_strengths"])


def test_every_served_table_names_its_readers_and_the_readers_read_no_other(manifest: dict[str, Any]) -> None:
    exposures = {
        exposure["name"]: {manifest["nodes"][node]["alias"] for node in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }
    assert exposures["codex_memory"] == set(TABLES)
    assert exposures.keys() >= {"page", "search", "mcp", "export", "codex_memory"}
    for name, folders in READERS.items():
        code = "".join(file.read_text() for folder in folders for file in (REPOSITORY / folder).rglob("*.py"))
        read = set(re.findall(r"\bcodex_processed\.([a-z_]+)", code)) & set(TABLES)
        assert read, name
        assert read <= exposures[name], name


def test_a_table_that_nothing_publishes_is_an_error_that_says_what_to_do(installation: Path) -> None:
    with pytest.raises(CodexError, match=r"no model that is served as dreams.*make setup"):
        served_table("dreams")
