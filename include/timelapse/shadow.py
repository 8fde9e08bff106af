"""A shadow: a whole installation beside the served one, for trying things out without disturbing it.

It has a store database of its own on the same PostgreSQL server, and a `$CODEX_HOME` of its own (lake, dbt, logs). For
the time of a block this process works in it: settings, store, lake, dbt and DAGs all point there, so all that runs in
the installation runs in its shadow unchanged. Then the database is dropped; results are copied out before.

Used by `./codex simulate`, `./codex redream` and tests: for nights that must not be served.

    with shadow(Path("somewhere"), changes={"replays_per_night": 6}) as beside:
        copy_memories(beside)
        ...  # rhythms, dbt, publishing, queries, as in the installation
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from include.errors import CodexError
from include.installation.environment import STORE_CONN_ID
from include.installation.prepare import Tell, prepare
from include.internals import close_dbts_lake
from include.lake.connection import Lake, configured_lake
from include.lake.corrections import COLUMNS as CORRECTIONS
from include.lake.extensions import install_extensions
from include.parameters import CHANGED_PARAMETERS, changed, parameters, validated_changes
from include.settings import Home, home, settings
from include.store.address import EMBEDDED_MARK, store_url
from include.store.connection import connect
from include.store.contract import OPTIONAL, read_contract

PREFIX = "codex_shadow_"
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('codex shadows'))"
_KEPT_ANSWERS = ("answer_contracts", "llm_responses", "embeddings")


@dataclass(frozen=True)
class Shadow:
    """A shadow that this process works in, and where it came from."""

    url: str
    folder: Path
    origin_url: str
    origin_lake: Lake


@contextmanager
def inhabited(
    url: str, *, lake_path: str, home: Path | None = None, changed_parameters: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Work with another store and lake for the time of a block: all of this process, and its children.

    dbt's connection is closed before and after, since it keeps open the lake it has.
    """
    before = dict(os.environ)
    close_dbts_lake()
    os.environ.update(
        {
            "POSTGRES_DB_URL": url,
            "CODEX_LAKE_PATH": lake_path,
            f"AIRFLOW_CONN_{STORE_CONN_ID.upper()}": url,
        }
    )
    if home is not None:
        os.environ.update(
            {"CODEX_HOME": str(home), "CODEX_DUCKDB_EXTENSIONS": str(Home(home).extensions)},
        )
    if changed_parameters is not None:
        os.environ[CHANGED_PARAMETERS] = json.dumps(dict(changed_parameters))
    settings.cache_clear()
    parameters.cache_clear()
    try:
        yield
    finally:
        close_dbts_lake()
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        parameters.cache_clear()


@contextmanager
def shadow(folder: Path, *, changes: Mapping[str, Any] | None = None, tell: Tell = lambda _: None) -> Iterator[Shadow]:
    """A prepared, empty shadow in `folder`; this process works in it, and both are gone after the block.

    The store must be running. `changes` are biological parameters that differ from the installation's.
    Raises CodexError when a parameter is out of its range, or the server does not let us make a database.
    """
    values = {**changed(), **validated_changes(changes or {})}
    origin_url, origin_lake = store_url(), configured_lake()
    folder.mkdir(parents=True, exist_ok=True)
    with _database(origin_url) as url:
        # The source table is ours to make, whoever owns the origin's.
        mark = os.environ.get(EMBEDDED_MARK)
        os.environ[EMBEDDED_MARK] = "1"
        try:
            with inhabited(url, lake_path=str(folder / "lake"), home=folder, changed_parameters=values):
                install_extensions(home().extensions)
                prepare(tell)
                yield Shadow(url, folder, origin_url, origin_lake)
        finally:
            if mark is None:
                os.environ.pop(EMBEDDED_MARK, None)
            else:
                os.environ[EMBEDDED_MARK] = mark
            shutil.rmtree(folder, ignore_errors=True)


def copy_memories(beside: Shadow) -> int:
    """Copy the origin's memories, as they stand, into the shadow's store; returns how many."""
    with connect(beside.origin_url) as origin, connect(beside.url) as store:
        columns = sorted(read_contract(origin).columns)
        for column in OPTIONAL:  # an owner's table may be less strict than the one we make
            store.execute(
                sql.SQL("ALTER TABLE public.memories ALTER COLUMN {} DROP NOT NULL").format(sql.Identifier(column))
            )
        store.execute("ALTER TABLE public.memories DROP CONSTRAINT IF EXISTS memories_content_hash_key")
        return _copy(origin, store, "public.memories", columns)


def copy_retrievals(beside: Shadow) -> None:
    """Copy what readers recalled, so that it strengthens in the shadow, too."""
    with connect(beside.origin_url) as origin, connect(beside.url) as store:
        _copy(origin, store, "codex_processed.retrievals", ["memory_id", "retrieved_at", "reader"])


def copy_corrections(beside: Shadow) -> None:
    """Copy what the owner has said, which holds in the shadow, too."""
    with connect(beside.origin_url) as origin, connect(beside.url) as store:
        _copy(origin, store, "codex_processed.corrections", CORRECTIONS)


def copy_answers(beside: Shadow) -> None:
    """Copy the kept answers and embeddings of the language model, so that none is paid for twice.

    Where the installation was never prepared, there are none.
    """
    with configured_lake().connect() as lake:
        beside.origin_lake.attach(lake, "origin")
        there = lake.execute(
            "select count(*) from duckdb_tables() where database_name = 'origin' and schema_name = 'control' "
            "and list_contains(?, table_name)",
            [list(_KEPT_ANSWERS)],
        ).fetchone()
        if there is None or there[0] < len(_KEPT_ANSWERS):
            return
        lake.begin()
        for table in _KEPT_ANSWERS:
            lake.execute(f"delete from control.{table}")
            lake.execute(f"insert into control.{table} select * from origin.control.{table}")
        lake.commit()


def _copy(origin: psycopg.Connection[Any], store: psycopg.Connection[Any], table: str, columns: Sequence[str]) -> int:
    """Copy a table's columns from one server's database to the other's; returns the number of rows."""
    named = sql.Identifier(*table.split("."))
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    with (
        origin.cursor() as reader,
        store.cursor() as writer,
        reader.copy(sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(listed, named)) as source,
    ):
        with writer.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(named, listed)) as target:
            for block in source:
                target.write(block)
        return writer.rowcount


@contextmanager
def _database(origin_url: str) -> Iterator[str]:
    """A database of its own on the origin's server, dropped after the block; its URL."""
    name = f"{PREFIX}{secrets.token_hex(6)}"
    url = urlunsplit(urlsplit(origin_url)._replace(path=f"/{name}"))
    with connect(origin_url, autocommit=True) as origin:
        with origin.transaction():
            origin.execute(_LOCK)
            leftovers = origin.execute(
                "SELECT datname FROM pg_database d WHERE datname LIKE %s AND NOT EXISTS "
                "(SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)",
                [f"{PREFIX}%".replace("_", r"\_")],
            ).fetchall()
        for (leftover,) in leftovers:
            _drop(origin, leftover)
        try:
            origin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise CodexError(
                "A shadow needs a database of its own, and this user of PostgreSQL may not make one: "
                "ALTER ROLE … CREATEDB lets it."
            ) from None
    try:
        # The sweep of leftovers sees by this session that a process works here.
        with connect(url, autocommit=True):
            yield url
    finally:
        with connect(origin_url, autocommit=True) as origin:
            _drop(origin, name)


def _drop(origin: psycopg.Connection[Any], name: str) -> None:
    origin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
