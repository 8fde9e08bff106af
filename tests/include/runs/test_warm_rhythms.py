"""A lake that is lived through in memory becomes what it would have become itself."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.demo.sample import month
from include.errors import CodexError
from include.lake.connection import configured_lake
from include.lake.in_memory import LakeInMemory
from include.parameters import parameters
from include.rhythms.catalogue import NIGHT
from include.rhythms.sleep_plan import SleepPlan
from include.runs.warm_rhythms import Prepared, WarmRhythms
from include.settings import settings
from include.timelapse.nights import beats_of
from tests.conftest import ZONE, World, new_world

LAST = date(2026, 3, 29)  # a Sunday: its morning has the weekly balance, too
_WALL_CLOCK = {"updated_at", "waits_since", "called_at", "answered_at", "extraction_timestamp", "latency_ms"}
_MADE_OF_IT = {"performance_metrics", "processing_log", "memory_journey"}
"""When a text was saved and the model called, and how long that took: all in which two lives differ."""


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables and views of the lake."""
    tables = world.lake(
        "select table_schema, table_name, list(column_name order by ordinal_position) from information_schema.columns "
        "where table_catalog = 'lake' group by all order by all"
    )
    found = {}
    for schema, table, columns in tables:
        if table in _MADE_OF_IT:
            continue
        named = ", ".join(f'"{column}"' for column in columns if column not in _WALL_CLOCK)
        found[f"{schema}.{table}"] = world.lake(f"select {named} from {schema}.{table} order by all")
    return found


def lived(world: World, prepared: Prepared, *, in_memory: bool) -> dict[str, list[tuple[Any, ...]]]:
    """What is there after two nights; before the second, a text changes, and another is gone."""
    plan = SleepPlan.of(parameters(), settings().zone)
    world.remember(month(LAST, ZoneInfo(ZONE))[:16])
    with closing(WarmRhythms(NIGHT, audited=False, published=False, in_memory=in_memory, prepared=prepared)) as warm:
        for nights_ago in (1, 0):
            if nights_ago == 0:
                world.store(
                    "UPDATE public.memories "
                    "SET content = content || ' It held.', updated_at = updated_at + interval '1 day' "
                    "WHERE id = (SELECT min(id::text)::uuid FROM public.memories)"
                )
                world.store("DELETE FROM public.memories WHERE id = (SELECT max(id::text)::uuid FROM public.memories)")
            for rhythm, instant in beats_of(LAST - timedelta(days=nights_ago), plan):
                warm.run(rhythm, instant)
        if in_memory:
            assert world.lake("select count(*) from short_term.stm_traces") == [(0,)], "the lake is as it was until …"
        warm.bring_back()
    return everything(world)


@pytest.mark.integration
def test_a_life_in_memory_is_the_life_it_would_have_been(installation: Path, tmp_path: Path) -> None:
    with new_world(installation, tmp_path / "lake") as world:
        in_lake = lived(world, Prepared.of(NIGHT), in_memory=False)
        prepared = Prepared.of(NIGHT)  # compiled while a lake is full, it must do for one that is empty
    with new_world(installation, tmp_path / "memory") as world:
        in_memory = lived(world, prepared, in_memory=True)
    for stage in (
        "working_memory.wm_admissions",
        "consolidation.replay_events",
        "rem.rem_pairs",
        "long_term.ltm_validity",
    ):
        assert in_lake[stage], f"nothing to compare in {stage}"
    versions = in_lake["staging.stg_codex_store__memories"]
    assert any(row[1] == 2 and not row[4] for row in versions), "no text was changed"
    assert any(row[4] for row in versions), "no text was deleted"
    for table, rows in in_lake.items():
        assert in_memory[table] == rows, table
    assert in_memory.keys() == in_lake.keys()


@pytest.mark.parametrize("kept", [{"audited": True}, {"published": True}])
def test_what_looks_at_the_lake_itself_is_refused_in_memory(kept: dict[str, bool]) -> None:
    with pytest.raises(ValueError, match="not at its copy"):
        WarmRhythms(NIGHT, in_memory=True, **({"audited": False, "published": False} | kept))


def test_nothing_but_bringing_it_back_changes_the_lake(world: World) -> None:
    with closing(LakeInMemory(configured_lake())) as copy:
        with copy.connect() as session:
            session.execute(
                "insert into control.clock values ('x', now(), 1, 'y', 'awake', '2026-03-04', 0, 1, 1, 'UTC')"
            )
        assert world.lake("select count(*) from control.clock") == [(0,)]
        for _ in range(2):
            copy.bring_back()
            assert world.lake("select rhythm from control.clock") == [("x",)]


def test_a_view_that_looks_at_nothing_is_told(world: World) -> None:
    with configured_lake().connect() as session:
        session.execute("create table control.short_lived as select 1 as number")
        session.execute("create view control.looks as select number from control.short_lived")
        session.execute("drop table control.short_lived")
    with pytest.raises(CodexError, match=r"reads a table that is not there.*short_lived"):
        LakeInMemory(configured_lake())
