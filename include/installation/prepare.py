"""Making an installation ready: everything below `$CODEX_HOME`, and our schemas in the store. Idempotent."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable
from pathlib import Path

from include import store
from include.errors import CodexError
from include.internals import close_dbts_lake, make_airflows_tables
from include.store.address import embedded, store_url
from include.store.connection import connect
from include.store.contract import read_contract

log = logging.getLogger(__name__)

SOURCE_TABLE = Path(store.__file__).with_name("source_table.sql")
SAVED_MEMORIES = Path(store.__file__).with_name("saved_memories.sql")

NOT_PREPARED = "This installation is not prepared yet: run `make setup` or `./codex up`."

Tell = Callable[[str], None]


def prepare_source() -> None:
    """Make the embedded store's source table, or look at the owner's.

    Raises CodexError when the store can't be used, or its table lacks what is required.
    """
    with connect(store_url()) as connection:
        if embedded():
            connection.execute(SOURCE_TABLE.read_bytes())
            connection.execute(SAVED_MEMORIES.read_bytes())
        read_contract(connection)


def check_prepared() -> None:
    """Raise CodexError when the store or its source table can't be used, or nothing was prepared yet."""
    with connect(store_url()) as connection:
        look = "SELECT to_regclass('public.memories') IS NULL, to_regnamespace('codex_processed') IS NULL"
        no_source, no_served = connection.execute(look).fetchone() or (True, True)
        if embedded() and no_source:
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
    from include.dbt_project import project
    from include.lake.connection import configured_lake
    from include.lake.schema import make_lake
    from include.lake.session import remove_abandoned_spill
    from include.lake.upkeep import forget_old_forms
    from include.parameters import parameters
    from include.served.migrate import migrate

    parameters()
    remove_abandoned_spill()
    prepare_source()
    make_lake(configured_lake())
    migrate(store_url())
    is_changed = not project.manifest_is_current()
    if is_changed:
        tell("Parsing the dbt project")
        project.build_manifest()
    if not project.seeds_are_loaded(configured_lake()):
        project.load_seeds()
    missing = project.missing_tables(configured_lake())
    if missing:
        tell(f"Making {len(missing)} tables of the lake")
        project.make_empty_tables(missing)
    if is_changed:
        # Gates read views before any run makes them anew, and another version's may lack a column.
        project.renew_views(but=missing)
    if forget_old_forms(configured_lake()):
        close_dbts_lake()


def prepare_airflow(tell: Tell = log.info) -> None:
    """Bring Airflow's own metadata database to its version."""
    tell("Preparing Airflow's metadata database")
    with contextlib.redirect_stdout(io.StringIO()):
        make_airflows_tables()
