"""Making an installation ready: everything below `$CODEX_HOME`, and our schemas in the store. Idempotent."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from include import store
from include.errors import CodexError
from include.internals import close_dbts_lake, make_airflows_tables
from include.settings import settings
from include.store.address import embedded, store_url
from include.store.connection import connect
from include.store.contract import read_contract
from include.store.exclusive import exclusively
from include.store.own_table import map_source, mapped_columns

log = logging.getLogger(__name__)

SOURCE_TABLE = Path(store.__file__).with_name("source_table.sql")
SAVED_MEMORIES = Path(store.__file__).with_name("saved_memories.sql")
ROLES = Path(store.__file__).with_name("roles.sql")

NOT_PREPARED = "This installation is not prepared yet: run `make setup` or `./codex up`."

Tell = Callable[[str], None]


def prepare_source() -> None:
    """Make the embedded store's source table, or look at the owner's.

    Raises CodexError when the store can't be used, or its table lacks what is required.
    """
    with connect(store_url()) as connection:
        if embedded():
            _refuse_vanished(connection)
            connection.execute(SOURCE_TABLE.read_bytes())
            connection.execute(SAVED_MEMORIES.read_bytes())
        elif table := settings().codex_source_table:
            map_source(connection, table, mapped_columns(settings().codex_source_columns))
        read_contract(connection)


_READER_READS = """
    SELECT CASE WHEN to_regrole('codex_reader') IS NOT NULL
        THEN has_table_privilege('codex_reader', 'codex_processed.insights', 'SELECT') END
"""
"""Whether the roles have been made: granting anew at each start would change each table while others publish."""


def make_roles(connection: psycopg.Connection[Any]) -> None:
    """Make the roles of the database, and give them what is theirs; the schemas must be there."""
    connection.execute(ROLES.read_bytes())


_LIKE_THE_SOURCE = """
    SELECT format('%I.%I', table_schema, table_name) FROM information_schema.columns
    WHERE table_schema NOT IN ('codex_processed', 'codex_kept', 'codex_lake')
    GROUP BY table_schema, table_name
    HAVING array_agg(column_name::text) @> ARRAY['id', 'content', 'created_at'] ORDER BY 1 LIMIT 1
"""


def _refuse_vanished(connection: psycopg.Connection[Any]) -> None:
    """Raise CodexError where memories are known and their table is gone: an empty one would have all forgotten."""
    missing = (
        "SELECT to_regclass('public.memories') IS NULL AND to_regclass('codex_processed.memory_index') IS NOT NULL"
    )
    if connection.execute(missing).fetchone() != (True,) or settings().codex_new_source_table:
        return
    count = connection.execute("SELECT count(*) FROM codex_processed.memory_index").fetchone()
    if not count or not count[0]:
        return
    like = connection.execute(_LIKE_THE_SOURCE).fetchone()
    advice = f"{like[0]} looks like it: rename it back" if like else "Restore a backup (./codex restore-backup latest)"
    raise CodexError(
        f"The table public.memories is gone, and {count[0]} memories that were in it are known. {advice}. "
        "If they are to be forgotten, start once with CODEX_NEW_SOURCE_TABLE=true, which makes an empty table."
    )


def check_prepared() -> None:
    """Raise CodexError when the store or its source table can't be used, or nothing was prepared yet."""
    with connect(store_url()) as connection:
        look = "SELECT to_regclass('public.memories') IS NULL, to_regnamespace('codex_processed') IS NULL"
        no_source, no_served = connection.execute(look).fetchone() or (True, True)
        if embedded() and no_source:
            _refuse_vanished(connection)
            raise CodexError(NOT_PREPARED)
        read_contract(connection)
        if no_served:
            raise CodexError(NOT_PREPARED)


def prepare(tell: Tell = log.info) -> None:
    """Bring store, lake, served schema and dbt project to what this version needs; the store must be running.

    Raises CodexError that says what to do: a parameter out of range, a source table that lacks a column, a store that
    can't be used.
    """
    # Slow, and commands import this module to look whether an installation is prepared.
    from include.lake.session import remove_abandoned_spill
    from include.parameters import parameters

    parameters()
    remove_abandoned_spill()
    with exclusively(store_url(), "preparing", held=lambda holder: tell(f"Waiting for {holder}, which prepares, too")):
        _prepare(tell)


def _prepare(tell: Tell) -> None:
    from include.dbt_project import project
    from include.installation.doctor import repair_ledgers
    from include.lake.connection import configured_lake
    from include.lake.schema import make_lake
    from include.lake.upkeep import forget_old_forms
    from include.served.migrate import migrate

    prepare_source()
    make_lake(configured_lake())
    migrate(store_url())
    if embedded():
        with connect(store_url()) as connection:
            if connection.execute(_READER_READS).fetchone() != (True,):
                make_roles(connection)
    is_changed = not project.manifest_is_current()
    if is_changed:
        tell("Parsing the dbt project")
        project.build_manifest()
    if not project.seeds_are_loaded(configured_lake()):
        project.load_seeds()
    project.add_columns(configured_lake())
    missing = project.missing_tables(configured_lake())
    if missing:
        tell(f"Making {len(missing)} tables of the lake")
        project.make_empty_tables(missing)
    if is_changed:
        # Gates read views before any run makes them anew, and another version's may lack a column.
        project.renew_views(but=missing)
    if forget_old_forms(configured_lake()):
        close_dbts_lake()
    for mended in repair_ledgers(configured_lake()):
        tell(f"Mended {mended.place}: {mended.rows} rows were there twice")


def prepare_airflow(tell: Tell = log.info) -> None:
    """Bring Airflow's own metadata database to its version."""
    tell("Preparing Airflow's metadata database")
    with contextlib.redirect_stdout(io.StringIO()):
        make_airflows_tables()
