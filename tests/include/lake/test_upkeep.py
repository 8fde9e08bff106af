"""Upkeep: files instead of crumbs, and every row as it was."""

from __future__ import annotations

from pathlib import Path

from include.installation.prepare import prepare
from include.lake.connection import INLINED_ROWS, configured_lake
from include.lake.schema import make_lake
from include.lake.upkeep import forget_old_forms, keep_up
from tests.conftest import World


def parquet(world: World) -> list[Path]:
    return sorted((world.folder / "lake").rglob("*.parquet"))


def test_crumbs_become_files_and_every_row_stays(world: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute("create table control.notes (number integer, text varchar)")
        for number in range(3):
            lake.execute("insert into control.notes values (?, 'crumb')", [number])
        seeds = parquet(world)
        assert all("reference" in path.parts for path in seeds), "crumbs lie in the catalog"
        for start in (1000, 5000, 9000):
            lake.execute(
                "insert into control.notes select ? + i, 'loaf ' || i from range(?) as t(i)", [start, 2 * INLINED_ROWS]
            )
        lake.execute("delete from control.notes where number between 1000 and 1100")
        before = lake.execute("select * from control.notes order by number").fetchall()
        loaves = len(parquet(world)) - len(seeds)
        assert loaves >= 3
        done = keep_up(configured_lake())
        assert done.flushed_rows >= 3
        assert done.merged_files >= 1
        assert lake.execute("select * from control.notes order by number").fetchall() == before
        [(files,)] = lake.execute(
            "select count(*) from ducklake_list_files('lake', 'notes', schema => 'control')"
        ).fetchall()
        assert files < loaves + 1
    again = keep_up(configured_lake())
    assert (again.flushed_rows, again.merged_files) == (0, 0)
    # Young snapshots can still be looked at, so their files stay.
    assert (done.expired_snapshots, done.removed_files) == (0, 0)


def test_old_snapshots_are_forgotten_with_their_files(world: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute("create table control.notes as select i as number from range(1000) as t(i)")
        lake.execute("create or replace table control.notes as select 7 as number from range(1000) as t(i)")
        old = set(parquet(world))
        world.store("UPDATE codex_lake.ducklake_snapshot SET snapshot_time = snapshot_time - interval '40 days'")
        lake.execute("insert into control.notes values (8)")
        assert keep_up(configured_lake()).expired_snapshots > 0
        world.store(
            "UPDATE codex_lake.ducklake_files_scheduled_for_deletion SET schedule_start = now() - interval '2 days'"
        )
        assert keep_up(configured_lake()).removed_files > 0
        assert not old <= set(parquet(world))
        assert lake.execute("select sum(number) from control.notes").fetchall() == [(7008,)]


def test_making_the_lake_twice_changes_nothing(world: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into control.clock values ('x', now(), 1, 'run', 'awake', '2026-03-04', 0, 1, 1, 'UTC')")
        make_lake(configured_lake())
        assert lake.execute("select rhythm from control.clock").fetchall() == [("x",)]


FORMS = "SELECT table_id FROM codex_lake.ducklake_inlined_data_tables GROUP BY table_id HAVING count(*) > 1"


def test_a_prepared_lake_has_one_form_of_each_table(world: World) -> None:
    """Where a table has two, a flush drops the older, and DuckDB dies in sessions that began before."""
    assert world.store(FORMS) == []


def test_a_session_outlives_the_upkeep_of_a_table_that_was_altered(world: World) -> None:
    with configured_lake().connect(threads=1) as lake:
        lake.execute("create table control.notes (number integer)")
        lake.execute("insert into control.notes values (1)")
        lake.execute("alter table control.notes add column text varchar")
    assert len(world.store(FORMS)) == 1
    prepare(lambda _: None)
    assert world.store(FORMS) == []
    assert not forget_old_forms(configured_lake())
    with configured_lake().connect(threads=1) as lake:
        lake.execute("insert into control.notes values (2, 'new')")
        assert lake.execute("select count(*) from control.notes").fetchone() == (2,)
        assert keep_up(configured_lake()).flushed_rows == 1
        assert lake.execute("select * from control.notes order by number").fetchall() == [(1, None), (2, "new")]
