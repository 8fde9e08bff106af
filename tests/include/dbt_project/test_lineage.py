"""A model's table, and those it is made from, as OpenLineage names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.dbt_project.lineage import Table, lineage
from tests.conftest import World


def test_a_model_is_made_from_models_of_the_lake(world: World) -> None:
    made, made_from = lineage("wm_active_attention")
    lake = (world.folder / "lake").as_uri()
    assert made == Table(lake, "working_memory.wm_active_attention")
    assert Table(lake, "working_memory.wm_admissions") in made_from


def test_what_python_writes_and_what_the_store_holds_are_among_it(world: World) -> None:
    database = world.url.partition("?")[0].rpartition("/")[2]
    sources = lineage("stg_codex_processed__retrievals")[1]
    assert Table("postgres://localhost:5432", f"{database}.codex_processed.retrievals") in sources
    assert Table((world.folder / "lake").as_uri(), "control.llm_responses") in lineage("wm_admissions")[1]


def test_a_lake_in_a_bucket_and_a_server_elsewhere_are_named_by_their_addresses(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.settings import settings

    monkeypatch.setenv("CODEX_LAKE_PATH", "s3://bucket/lake")
    monkeypatch.setenv("POSTGRES_DB_URL", "postgresql://me@db.example:6543/notes")
    settings.cache_clear()
    made, made_from = lineage("stg_codex_processed__retrievals")
    assert made == Table("s3://bucket/lake", "staging.stg_codex_processed__retrievals")
    assert Table("postgres://db.example:6543", "notes.codex_processed.retrievals") in made_from
    monkeypatch.undo()
    settings.cache_clear()
