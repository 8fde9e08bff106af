"""What is served was audited, says where it comes from, and survives a change of version: with the real DAGs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.language_model.choice import embedded_model
from include.monitoring.health import Component
from include.monitoring.health import check as look
from include.rhythms.catalogue import NIGHT, RHYTHMS
from include.runs.warm_rhythms import WarmRhythms
from include.served.migrate import migrate
from include.served.tables import served_table
from tests.conftest import ZONE, World, new_world

pytestmark = pytest.mark.integration  # a night with dbt's tests, and DAG runs

FIRST, SECOND, THIRD = (f"2026-03-{day}T03:00:00+02:00" for day in (29, 30, 31))
PUBLISHED = sorted({table for rhythm in RHYTHMS for table in rhythm.serves})


@pytest.fixture(scope="module")
def lived(installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world after a night."""
    with new_world(installation, tmp_path_factory.mktemp("served")) as world:
        world.remember(month(date(2026, 3, 30), ZoneInfo(ZONE))[:24])
        with closing(WarmRhythms(NIGHT)) as rhythms:
            for rhythm in NIGHT:
                rhythms.run(rhythm, datetime.fromisoformat(FIRST), asleep=True)
        yield world


def rows(world: World, table: str) -> list[tuple[Any, ...]]:
    return world.store(f"SELECT * FROM codex_processed.{table} ORDER BY 1, 2")


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of the served schema."""
    tables = world.store(
        "SELECT relname FROM pg_class WHERE relnamespace = 'codex_processed'::regnamespace AND relkind = 'r'"
    )
    return {table: sorted(map(str, rows(world, table))) for (table,) in tables if table != "alembic_version"}  # type: ignore[misc]


def audit() -> Component:
    return next(part for part in look(configured_lake(), embedded_model) if part.name == "audit")


def test_every_served_row_says_who_made_it_from_what_and_as_of_when(lived: World) -> None:
    filled = set()
    for table in PUBLISHED:
        condition = "" if table != "memory_index" else "WHERE status IN ('attended', 'unattended')"
        for model, prompt, sources, as_of in lived.store(
            f"SELECT model, prompt_version, source_memory_ids, as_of FROM codex_processed.{table} {condition}"
        ):
            assert model, table
            assert prompt, table
            assert sources, table
            assert as_of is not None, table
            filled.add(table)
    assert filled >= {"memory_index", "insights", "episodes", "associations", "memory_strengths", "semantic_memory"}
    known = {memory for (memory,) in lived.store("SELECT id FROM public.memories")}
    named = lived.store("SELECT unnest(source_memory_ids) FROM codex_processed.semantic_memory")
    assert {memory for (memory,) in named} <= known


def test_down_and_up_again_loses_no_row(lived: World) -> None:
    lived.store("UPDATE codex_processed.cut_over SET share = 0.25")
    lived.store(
        "INSERT INTO codex_processed.retrievals (memory_id, reader) SELECT id, 'test' FROM public.memories LIMIT 5"
    )
    lived.store(
        "INSERT INTO codex_processed.sla_misses (kind, subject, run_id, target, message) "
        "VALUES ('deadline', 'deep_sleep', 'r', '1 h', 'late')"
    )
    before = everything(lived)
    assert len(before["retrievals"]) == 5
    assert len(before["semantic_memory"]) > 0
    for revision in ("-1", "0001", "base"):
        migrate(lived.url, revision)
        migrate(lived.url)
        assert everything(lived) == before, revision
    migrate(lived.url, "-1")
    # What is written while the schema is at the older version is there, too, and so is what goes down a step more.
    lived.store(
        "INSERT INTO codex_processed.retrievals (memory_id, reader) SELECT id, 'older' FROM public.memories LIMIT 1"
    )
    migrate(lived.url, "base")
    migrate(lived.url)
    after = everything(lived)
    assert len(after["retrievals"]) == 6
    assert {name: found for name, found in after.items() if name != "retrievals"} == {
        name: found for name, found in before.items() if name != "retrievals"
    }
    assert lived.store("SELECT to_regnamespace('codex_kept')") == [(None,)]
    lived.store("INSERT INTO codex_processed.retrievals (memory_id) SELECT id FROM public.memories LIMIT 1")


def test_what_a_table_is_made_of_is_known_to_its_roots(installation: Path) -> None:
    knowledge, links = served_table("semantic_memory"), served_table("associations")
    assert knowledge.read_from >= {"ltm_semantic_network", "ltm_strength", "memory_replay", "pruned"}
    assert knowledge.made_of >= {"stm_traces", "wm_admissions", "stg_codex_store__memories"}
    assert "insights" not in knowledge.made_of
    assert "ltm_semantic_network" not in links.read_from


@pytest.mark.timeout(1800)
def test_a_failing_test_keeps_a_night_from_being_served_and_the_next_green_one_catches_up(lived: World) -> None:
    assert audit().status == "healthy"
    served = rows(lived, "semantic_memory")
    # One item of knowledge is to be learned anew, another has a new gist, and a third is there twice: the test that
    # knowledge is unique must turn the night red.
    network = "long_term.ltm_semantic_network"
    first, second, third = (
        str(memory) for (memory,) in lived.lake(f"select memory_id from {network} order by memory_id limit 3")
    )
    with configured_lake().connect(threads=1) as lake:
        lake.execute(f"delete from {network} where memory_id = cast(? as uuid)", [first])
        lake.execute(f"update {network} set semantic_gist = 'Told anew.' where memory_id = cast(? as uuid)", [second])
        lake.execute(f"insert into {network} select * from {network} where memory_id = cast(? as uuid)", [third])
    with pytest.raises(CodexError, match=r"deep_sleep failed at .*ltm_semantic_network"):
        lived.run_dags("deep_sleep", as_of=SECOND)
    assert rows(lived, "semantic_memory") == served
    told = audit()
    assert told.status == "degraded"
    assert "ltm_semantic_network of deep_sleep" in told.reason
    assert "unique_ltm_semantic_network_memory_id" in told.reason

    # Another rhythm that publishes the same table does not serve it by the back door; what is sound is served.
    lived.run_dags("homeostasis", as_of=SECOND)
    assert rows(lived, "semantic_memory") == served
    [(reason,)] = lived.store("SELECT reason FROM codex_processed.held_back WHERE table_name = 'semantic_memory'")
    assert "unique_ltm_semantic_network_memory_id failed" in reason
    assert lived.store("SELECT count(*) FROM codex_processed.publications WHERE table_name = 'associations'") == [(1,)]
    assert "semantic_memory is as it was before" in audit().reason

    # Mended; nothing new has come since, and still the night is caught up.
    with configured_lake().connect(threads=1) as lake:
        lake.execute(
            f"delete from {network} where rowid in (select rowid from {network} "
            "qualify row_number() over (partition by memory_id order by rowid) > 1)"
        )
    lived.run_dags("deep_sleep", as_of=THIRD)
    assert len(rows(lived, "semantic_memory")) == len(served)
    assert lived.store("SELECT count(*) FROM codex_processed.semantic_memory WHERE semantic_gist = 'Told anew.'") == [
        (1,)
    ]
    assert lived.store("SELECT count(*) FROM codex_processed.held_back") == [(0,)]
    assert audit().status == "healthy"
