"""Backups: everything lost is everything back, to the byte; and nothing that is there is lost by restoring."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from include.airflow_service import supervisor
from include.errors import CodexError
from include.installation.backup import SUFFIX, chosen_backup, known_backups, make_backup, read_backup, restore_backup
from include.internals import close_dbts_lake
from include.lake.connection import configured_lake
from include.lake.upkeep import keep_up, upkeep_lock
from include.settings import settings
from include.store import programs
from tests.conftest import World
from tests.include.cli.conftest import run_codex

NOTES = [
    {"content": f"Anna fixed the failing pipeline for the {number}th time, by warming the cache. What a relief!",
     "created_at": f"2026-03-04T09:0{number}:00+01:00"}
    for number in range(4)
]  # fmt: skip
NIGHT = "2026-03-05T03:00:00+01:00"


def name_of(world: World) -> str:
    return urlsplit(world.url).path.removeprefix("/")


def admin(world: World, statement: str) -> None:
    with psycopg.connect(world.url.replace(f"/{name_of(world)}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def known(world: World) -> Iterator[World]:
    """A world that has memories, something served, and files, deleted rows and inlined rows in its lake."""
    world.remember(NOTES)
    world.store(
        "INSERT INTO codex_processed.memory_index (memory_id, content, tags, created_at, status, as_of, row_hash) "
        "SELECT id, content, tags, created_at, 'attended', now(), md5(content) FROM public.memories"
    )
    with configured_lake().connect(threads=1) as lake:
        lake.execute("create table control.many as select i as number from range(1000) as t(i)")
        lake.execute("delete from control.many where number < 300")
    close_dbts_lake()
    yield world
    close_dbts_lake()


def backed_up(world: World, *, keep: int = 7, whole_database: bool = True) -> Path:
    return make_backup(configured_lake(), world.folder / "backups", whole_database=whole_database, keep=keep).path


def test_what_was_lost_altogether_is_back_to_the_byte_and_goes_on(
    known: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_BACKUP_PATH", str(known.folder / "backups"))
    settings.cache_clear()
    before = known.export()
    made = run_codex("backup", "--json").json
    assert (made["memories"], made["lake_files"] > 0) == (len(NOTES), True)
    assert Path(made["path"]).stat().st_mode & 0o077 == 0
    admin(known, f"DROP DATABASE {name_of(known)} WITH (FORCE)")
    shutil.rmtree(known.folder / "lake")

    restored = run_codex("restore-backup", "latest", "--yes", "--json").json
    assert (restored["database_kept_as"], restored["lake_kept_as"]) == (None, None)
    assert known.export() == before
    assert known.lake("select count(*), min(number) from control.many") == [(700, 300)]
    again = keep_up(configured_lake(), keep_days=0, keep_files_days=0)
    assert again.expired_snapshots > 0
    known.remember([{"content": "The day after, all was well again.", "created_at": "2026-03-05T09:00:00+01:00"}])
    known.run("working", as_of="2026-03-06T03:00:00+01:00")
    assert known.lake("select count(*) from control.processing_state where status = 'attended'") == [(len(NOTES) + 1,)]


def test_what_is_there_is_kept_aside_and_comes_back_by_hand(known: World) -> None:
    path = backed_up(known)
    known.remember([{"content": "Saved after the backup."}])
    done = restore_backup(configured_lake(), path, whole_database=True)
    assert known.store("SELECT count(*) FROM public.memories") == [(len(NOTES),)]
    assert done.lake_kept_as
    assert list(done.lake_kept_as.rglob("*.parquet"))
    with psycopg.connect(known.url.replace(name_of(known), str(done.database_kept_as))) as kept:
        assert kept.execute("SELECT count(*) FROM public.memories").fetchone() == (len(NOTES) + 1,)
    # The memories' own trigger is restored with them.
    known.store("UPDATE public.memories SET content = 'Changed.' WHERE content LIKE '%1th%'")
    renewed = "SELECT count(*) FROM public.memories WHERE content_hash = encode(sha256('Changed.'), 'hex')"
    assert known.store(renewed) == [(1,)]


def test_an_owners_database_keeps_its_memories_and_gets_our_schemas_back(known: World) -> None:
    before = known.export()
    path = backed_up(known, whole_database=False)
    assert not read_backup(path).whole_database
    known.store("INSERT INTO public.memories (id, content) VALUES (gen_random_uuid(), 'The owner goes on.')")
    known.store("DROP SCHEMA codex_processed CASCADE")
    shutil.rmtree(known.folder / "lake")
    done = restore_backup(configured_lake(), path, whole_database=False)
    assert known.export() == before
    assert known.store("SELECT count(*) FROM public.memories") == [(len(NOTES) + 1,)]
    assert str(done.database_kept_as).startswith("codex_lake_before_")
    with pytest.raises(CodexError, match="not the memories"):
        restore_backup(configured_lake(), path, whole_database=True)


def test_a_backup_of_a_lake_that_is_written_meanwhile_is_of_one_instant(known: World) -> None:
    """Rows and files written after the catalog was read are not in it, and nothing that it names is missing."""

    def write_between(_: str) -> None:
        with configured_lake().connect(threads=1) as lake:
            lake.execute("insert into control.many select 5000 + i from range(1000) as t(i)")
            lake.execute("create or replace table control.notes as select i from range(1000) as t(i)")

    made = make_backup(configured_lake(), known.folder / "backups", whole_database=True, keep=7, tell=write_between)
    assert known.lake("select count(*) from control.many") != [(700,)]
    restore_backup(configured_lake(), made.path, whole_database=True)
    assert known.lake("select count(*) from control.many") == [(700,)]
    for schema, table in known.lake(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'lake'"
    ):
        known.lake(f'select count(*) from lake."{schema}"."{table}"')


def test_a_damaged_backup_is_refused_and_nothing_is_touched(known: World, tmp_path: Path) -> None:
    path = backed_up(known)
    before = known.export()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / "damaged.tar"
    damaged.write_bytes(content)
    with pytest.raises(CodexError, match="Take another backup"):
        restore_backup(configured_lake(), damaged, whole_database=True)
    damaged.write_bytes(content[: len(content) // 3])
    with pytest.raises(CodexError, match=r"no whole backup|damaged"):
        restore_backup(configured_lake(), damaged, whole_database=True)
    assert known.export() == before
    assert not (known.folder / "lake.restoring").exists()


def test_a_dump_that_cannot_be_loaded_leaves_all_as_it_was(known: World, tmp_path: Path) -> None:
    import hashlib

    path, before = backed_up(known), known.export()
    unpacked, broken = tmp_path / "unpacked", tmp_path / "broken.tar"
    with tarfile.open(path) as tar:
        tar.extractall(unpacked, filter="data")
    (unpacked / "store.dump").write_bytes(b"PGDMP no more")
    about = json.loads((unpacked / "backup.json").read_text())
    about["files"]["store.dump"] = hashlib.sha256(b"PGDMP no more").hexdigest()
    for whole_database in (True, False):
        (unpacked / "backup.json").write_text(json.dumps(about | {"whole_database": whole_database}))
        with tarfile.open(broken, "w") as tar:
            for name in sorted(item.name for item in unpacked.iterdir()):
                tar.add(unpacked / name, name)
        with pytest.raises(CodexError, match="pg_restore failed"):
            restore_backup(configured_lake(), broken, whole_database=whole_database)
        assert known.export() == before
        assert known.lake("select count(*) from control.many") == [(700,)]


def test_only_the_newest_backups_are_kept(world: World) -> None:
    paths = [backed_up(world, keep=2) for _ in range(3)]
    folder = world.folder / "backups"
    assert known_backups(folder) == [paths[2], paths[1]]
    assert chosen_backup(folder, "latest") == paths[2] == chosen_backup(folder, paths[2].name)
    assert [path.suffix for path in folder.iterdir()] == [SUFFIX, SUFFIX]


def test_bad_requests_are_one_line(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEX_BACKUP_PATH", str(world.folder / "backups"))
    settings.cache_clear()
    assert "./codex backup" in run_codex("restore-backup", "latest").complaint
    assert "There is no backup" in run_codex("restore-backup", "nowhere.tar").complaint
    (tmp_path / "letter.tar").write_text("Dear Anna")
    assert "no whole backup" in run_codex("restore-backup", tmp_path / "letter.tar").complaint
    mine = supervisor.Service(os.getpid(), "http://127.0.0.1:1", "admin", "", world.url)
    monkeypatch.setattr(supervisor, "running_service", lambda: mine)
    assert "./codex down" in run_codex("restore-backup", "latest").complaint


def test_a_server_newer_than_all_programs_says_what_to_install() -> None:
    with pytest.raises(CodexError, match="postgresql-client-99"):
        programs.client_folder(99)


def test_programs_are_of_the_servers_version_where_they_can_be(world: World) -> None:
    major = programs.server_major(world.url)
    folder = programs.client_folder(major)
    assert f" {major}." in programs.run_program(folder, "psql", ["-tAc", "SELECT version()"], url=world.url)


def test_backups_and_upkeep_wait_for_each_other(world: World) -> None:
    with upkeep_lock(world.url), psycopg.connect(world.url) as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [0xC0DE_D2EA]).fetchone() == (False,)
