"""Backups: the database and the lake's files as one consistent set, in one file; and restoring them.

The catalog is read in one PostgreSQL snapshot, which `pg_dump` shares; then the files that this catalog names are
copied. Files of a lake never change, and nothing deletes one meanwhile (`upkeep_lock`), so the two always fit.

A backup is a tar file: `backup.json` (what it is), `store.dump` (`pg_dump`'s custom format), `lake/…` (Parquet).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from include.errors import CodexError
from include.lake.connection import CATALOG_SCHEMA, Lake
from include.lake.upkeep import upkeep_lock
from include.store.connection import connect
from include.store.programs import client_folder, run_program, server_major

FORMAT = 1
SERVED_SCHEMA = "codex_processed"
PREFIX, SUFFIX = "codex-", ".tar"
_NAMED = "%Y%m%dT%H%M%S%fZ"
_ABOUT, _DUMP, _LAKE = "backup.json", "store.dump", "lake"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """What a backup holds. `whole_database`: the embedded store, with its memories; else our two schemas alone."""

    format: int
    made_at: str
    whole_database: bool
    server_major: int
    served_revision: str | None
    memories: int
    lake_on_s3: str | None
    files: dict[str, str]
    """SHA-256 of the dump and of each file of the lake, by its path in the backup."""


@dataclass(frozen=True)
class Made:
    """A backup that was made, and how many older ones were let go."""

    path: Path
    size_bytes: int
    files: int
    memories: int
    removed: int


_FILES = f"""
    WITH tables AS (
        SELECT DISTINCT t.table_id, s.path || t.path AS folder, s.path_is_relative AND t.path_is_relative AS ours
        FROM {CATALOG_SCHEMA}.ducklake_table t JOIN {CATALOG_SCHEMA}.ducklake_schema s USING (schema_id)
    ),
    files AS (
        SELECT table_id, path, path_is_relative FROM {CATALOG_SCHEMA}.ducklake_data_file
        UNION SELECT table_id, path, path_is_relative FROM {CATALOG_SCHEMA}.ducklake_delete_file
    )
    SELECT folder || path, ours AND path_is_relative FROM files JOIN tables USING (table_id) ORDER BY 1
"""


def make_backup(lake: Lake, folder: Path, *, whole_database: bool, keep: int, tell: Tell = lambda _: None) -> Made:
    """Back up store and lake into `folder`, and keep the newest `keep` backups there.

    A running service goes on meanwhile. Raises CodexError when the programs or the room for it are missing, or a file
    that the catalog names is not there; then nothing is left behind.
    """
    programs = client_folder(server_major(lake.store_url))
    folder.mkdir(parents=True, exist_ok=True)
    moment = datetime.now(UTC)
    path = folder / f"{PREFIX}{moment.strftime(_NAMED)}{SUFFIX}"
    partial = path.with_suffix(".partial")
    try:
        with upkeep_lock(lake.store_url), tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as scratch:
            dump = Path(scratch) / _DUMP
            with connect(lake.store_url) as store:
                store.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                files = [] if _on_s3(lake) else _named_files(store, Path(lake.path))
                _check_room(store, folder, files, Path(lake.path))
                snapshot = _one(store, "SELECT pg_export_snapshot()")
                tell("Dumping the database")
                wanted = [] if whole_database else [f"--schema={CATALOG_SCHEMA}", f"--schema={SERVED_SCHEMA}"]
                arguments = ["--format=custom", f"--snapshot={snapshot}", f"--file={dump}", "--no-owner"]
                run_program(programs, "pg_dump", [*arguments, "--no-privileges", *wanted], url=lake.store_url)
                revision = _one(store, f"SELECT version_num FROM {SERVED_SCHEMA}.alembic_version")
                memories = int(_one(store, "SELECT count(*) FROM public.memories") or 0)
            tell(f"Copying {len(files)} files of the lake")
            hashes = _pack(partial, dump, Path(lake.path), files)
            about = Backup(
                format=FORMAT,
                made_at=moment.isoformat(),
                whole_database=whole_database,
                server_major=server_major(lake.store_url),
                served_revision=revision,
                memories=memories,
                lake_on_s3=lake.path if _on_s3(lake) else None,
                files=hashes,
            )
            _add_about(partial, about)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Made(path, path.stat().st_size, len(files), memories, _let_go(folder, keep))


def _on_s3(lake: Lake) -> bool:
    return "://" in lake.path


def _one(store: psycopg.Connection[Any], question: str) -> Any:
    row = store.execute(question).fetchone()
    return row[0] if row else None


def _named_files(store: psycopg.Connection[Any], root: Path) -> list[str]:
    """Every file that the catalog names, in any of its snapshots, relative to the lake."""
    rows = store.execute(_FILES).fetchall()
    for name, relative in rows:
        if not relative:
            raise CodexError(f"The lake has a file elsewhere, {name}, which a backup of the lake does not hold.")
        if not (root / name).is_file():
            raise CodexError(f"The lake's file {root / name} is missing: restore it, or an older backup.")
    return [name for name, _ in rows]


def _check_room(store: psycopg.Connection[Any], folder: Path, files: list[str], root: Path) -> None:
    """The dump, once alone and once in the backup, and the files must fit."""
    size = int(_one(store, "SELECT pg_database_size(current_database())") or 0)
    needed = 2 * size + sum((root / name).stat().st_size for name in files)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise CodexError(
            f"A backup may need {needed / 1024**2:,.0f} MiB, and {folder} has {free / 1024**2:,.0f} MiB free: "
            "make room, or set CODEX_BACKUP_PATH to another disk."
        )


def _pack(partial: Path, dump: Path, root: Path, files: list[str]) -> dict[str, str]:
    """Write dump and files into the tar; returns their hashes. Parquet and dump are compressed already."""
    hashes = {}
    with tarfile.open(partial, "w") as tar:
        for inside, source in ((_DUMP, dump), *((f"{_LAKE}/{name}", root / name) for name in files)):
            hashes[inside] = _hash(source)
            tar.add(source, inside)
    return hashes


def _add_about(partial: Path, about: Backup) -> None:
    with tempfile.NamedTemporaryFile("w", dir=partial.parent, suffix=".json") as written:
        json.dump(asdict(about), written, indent=1)
        written.flush()
        with tarfile.open(partial, "a") as tar:
            tar.add(written.name, _ABOUT)
    with partial.open("rb") as done:
        os.fsync(done.fileno())
    partial.chmod(0o600)  # it holds what somebody remembers


def _hash(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def known_backups(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first."""
    return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"), reverse=True) if folder.is_dir() else []


def _let_go(folder: Path, keep: int) -> int:
    old = known_backups(folder)[keep:]
    for path in old:
        path.unlink()
    return len(old)


@dataclass(frozen=True)
class Restored:
    """What was restored, and where what was there before is now (None: nothing was there)."""

    path: Path
    made_at: str
    memories: int
    files: int
    database_kept_as: str | None
    lake_kept_as: Path | None


def chosen_backup(folder: Path, wanted: str) -> Path:
    """The file that `latest`, a path, or a name in `folder` stands for. Raises CodexError when there is none."""
    if wanted == "latest":
        known = known_backups(folder)
        if not known:
            raise CodexError(f"There is no backup in {folder}; ./codex backup makes one.")
        return known[0]
    for path in (Path(wanted).expanduser(), folder / wanted):
        if path.is_file():
            return path
    raise CodexError(f"There is no backup {wanted}; {folder} has {len(known_backups(folder))}.")


def read_backup(path: Path) -> Backup:
    """What a backup says of itself. Raises CodexError when it is none of ours, or of a newer version."""
    try:
        with tarfile.open(path) as tar, _opened(tar, _ABOUT) as about:
            told = json.load(about)
        if told.get("format") != FORMAT:
            raise CodexError(f"{path} is a backup of format {told.get('format')}; this version reads format {FORMAT}.")
        return Backup(**told)
    except (tarfile.TarError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CodexError(f"{path} is no whole backup of Codex Dreams ({type(error).__name__}).") from None


@contextmanager
def _opened(tar: tarfile.TarFile, name: str) -> Iterator[Any]:
    content = tar.extractfile(name)
    if content is None:
        raise KeyError(name)
    with content:
        yield content


def restore_backup(lake: Lake, path: Path, *, whole_database: bool, tell: Tell = lambda _: None) -> Restored:
    """Put the backup in the place of what is there, which is kept aside. The service must not run.

    Everything is unpacked and checked beside what is there before anything is moved. Raises CodexError where it can't
    be restored; then all is as it was.
    """
    about = read_backup(path)
    _check_fits(about, lake, path, whole_database=whole_database)
    stamp = datetime.now(UTC).strftime("%Y%m%dt%H%M%S")
    root = Path(lake.path)
    beside = root.with_name(f"{root.name}.restoring") if about.lake_on_s3 is None else None
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=path.parent) as scratch:
        try:
            tell(f"Unpacking and checking {len(about.files)} files")
            _unpack(path, about, Path(scratch), beside)
            programs = client_folder(max(about.server_major, _major(lake.store_url)))
            tell("Restoring the database")
            replace = _replaced_database if about.whole_database else _replaced_schemas
            arguments = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]

            def load(url: str) -> None:
                run_program(programs, "pg_restore", [*arguments, str(Path(scratch) / _DUMP)], url=url)
                _point_catalog(url, lake.path)

            database_kept = replace(lake.store_url, stamp, load)
        except BaseException:
            if beside is not None:
                shutil.rmtree(beside, ignore_errors=True)
            raise
    lake_kept = None
    if beside is not None:
        if root.exists():
            lake_kept = root.with_name(f"{root.name}.before-{stamp}")
            root.rename(lake_kept)
        beside.rename(root)
    files = sum(name.startswith(f"{_LAKE}/") for name in about.files)
    return Restored(path, about.made_at, about.memories, files, database_kept, lake_kept)


def _check_fits(about: Backup, lake: Lake, path: Path, *, whole_database: bool) -> None:
    if about.whole_database and not whole_database:
        raise CodexError(
            f"{path} is of an embedded store, with its memories, and POSTGRES_DB_URL is set: unset it to restore there."
        )
    if whole_database and not about.whole_database:
        raise CodexError(
            f"{path} holds what was learned, not the memories, which were in a PostgreSQL of your own: set "
            "POSTGRES_DB_URL to restore there."
        )
    if about.lake_on_s3 is not None and about.lake_on_s3 != lake.path:
        raise CodexError(f"The lake of {path} is {about.lake_on_s3}: set CODEX_LAKE_PATH to it.")
    if about.lake_on_s3 is None and _on_s3(lake):
        raise CodexError(f"{path} holds a lake of files: set CODEX_LAKE_PATH to a folder to restore it.")


def _unpack(path: Path, about: Backup, scratch: Path, beside: Path | None) -> None:
    """Dump and files, each compared with its hash."""
    if beside is not None:
        shutil.rmtree(beside, ignore_errors=True)  # of a restore that was killed
        beside.mkdir(parents=True)
    try:
        with tarfile.open(path) as tar:
            for name, digest in about.files.items():
                target = scratch / name
                if beside is not None and name.startswith(f"{_LAKE}/"):
                    target = beside / name.removeprefix(f"{_LAKE}/")
                if ".." in target.parts:
                    raise CodexError(f"{path} names a file outside itself: {name}.")
                target.parent.mkdir(parents=True, exist_ok=True)
                with _opened(tar, name) as packed, target.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                if _hash(target) != digest:
                    raise CodexError(f"{path} is damaged: {name} is not what was written. Take another backup.")
    except (tarfile.TarError, KeyError) as error:
        raise CodexError(f"{path} is damaged: {error}. Take another backup.") from None


def _major(store_url: str) -> int:
    try:
        return server_major(store_url)
    except CodexError:
        return server_major(_on(store_url, "postgres"))  # the database itself may be what was lost


def _on(store_url: str, database: str) -> str:
    return urlunsplit(urlsplit(store_url)._replace(path=f"/{database}"))


def _replaced_database(store_url: str, stamp: str, load: Callable[[str], None]) -> str | None:
    """The embedded store's database, restored beside the old one, then put in its place."""
    name = urlsplit(store_url).path.lstrip("/")
    made, kept = f"{name}_restoring_{stamp}", f"{name}_before_{stamp}"
    with connect(_on(store_url, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(made)))
        try:
            load(_on(store_url, made))
            known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if known is not None:
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                server.execute(rename.format(sql.Identifier(name), sql.Identifier(kept)))
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(made), sql.Identifier(name)))
        except psycopg.errors.ObjectInUse:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(made)))
            raise CodexError("Something else uses the store (another ./codex?): let it end, then restore.") from None
        except BaseException:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(made)))
            raise
        if known is not None and _is_empty(_on(store_url, kept)):
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(kept)))
            return None
        return kept if known is not None else None


def _is_empty(url: str) -> bool:
    with connect(url) as store:
        row = store.execute(
            "SELECT to_regclass('public.memories') IS NULL AND to_regnamespace('codex_processed') IS NULL"
        ).fetchone()
    return row == (True,)


def _replaced_schemas(store_url: str, stamp: str, load: Callable[[str], None]) -> str | None:
    """Our two schemas in a database of the owner's; those of before get other names."""
    schemas = (CATALOG_SCHEMA, SERVED_SCHEMA)
    rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
    with connect(store_url) as store:
        store.execute("CREATE EXTENSION IF NOT EXISTS vector")
        known = [
            schema for schema in schemas if store.execute("SELECT to_regnamespace(%s)", [schema]).fetchone() != (None,)
        ]
        for schema in known:
            store.execute(rename.format(sql.Identifier(schema), sql.Identifier(f"{schema}_before_{stamp}")))
    try:
        load(store_url)
    except BaseException:
        with connect(store_url) as store:
            for schema in schemas:
                store.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
            for schema in known:
                store.execute(rename.format(sql.Identifier(f"{schema}_before_{stamp}"), sql.Identifier(schema)))
        raise
    return ", ".join(f"{schema}_before_{stamp}" for schema in known) or None


def _point_catalog(url: str, lake_path: str) -> None:
    """The lake is where this installation has it, and what waited for deletion was not backed up."""
    with connect(url) as store:
        place = sql.Identifier(CATALOG_SCHEMA, "ducklake_metadata")
        store.execute(
            sql.SQL("UPDATE {} SET value = %s WHERE key = 'data_path'").format(place), [f"{lake_path.rstrip('/')}/"]
        )
        waiting = sql.Identifier(CATALOG_SCHEMA, "ducklake_files_scheduled_for_deletion")
        store.execute(sql.SQL("DELETE FROM {}").format(waiting))
