"""Upkeep of the lake: small files become larger ones, old snapshots expire, files nobody refers to go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from include.lake.connection import CATALOG_SCHEMA, Lake
from include.lake.session import remove_abandoned_spill
from include.store.connection import connect, locked

KEEP_SNAPSHOTS_DAYS = 30
"""How long the lake can be looked at, or set back, as it was."""
KEEP_FILES_DAYS = 1
"""Files of expired snapshots wait this long, so that a reader of before can finish."""

FLUSH = "CALL ducklake_flush_inlined_data('lake')"

_LOCK = 0xC0DE_D2EA
"""Of PostgreSQL's advisory locks, the one that upkeep and backups take."""


@dataclass(frozen=True)
class Upkeep:
    """What upkeep did."""

    flushed_rows: int
    merged_files: int
    expired_snapshots: int
    removed_files: int


@contextmanager
def upkeep_lock(store_url: str) -> Iterator[None]:
    """No file of the lake is deleted by anybody else meanwhile. Waits until it is free."""
    with locked(store_url, _LOCK):
        yield


def keep_up(lake: Lake, *, keep_days: int = KEEP_SNAPSHOTS_DAYS, keep_files_days: int = KEEP_FILES_DAYS) -> Upkeep:
    """Write inlined rows to files, merge small files, expire old snapshots, remove the files that only they named.

    What killed sessions left on the disk goes, too.
    """
    remove_abandoned_spill()
    with upkeep_lock(lake.store_url), lake.connect() as connection:
        # Where nothing old is kept, no file keeps a deleted row either.
        threshold = ", delete_threshold => 0" if keep_days == 0 else ""

        def rows(call: str) -> list[tuple[object, ...]]:
            return connection.execute(call).fetchall()

        flushed = rows(FLUSH)
        merged = rows("CALL ducklake_merge_adjacent_files('lake')")
        rows(f"CALL ducklake_rewrite_data_files('lake'{threshold})")
        expired = rows(f"CALL ducklake_expire_snapshots('lake', older_than => now() - interval {int(keep_days)} day)")
        removed = rows(
            f"CALL ducklake_cleanup_old_files('lake', older_than => now() - interval {int(keep_files_days)} day)"
        )
    return Upkeep(
        flushed_rows=sum(row[2] for row in flushed if isinstance(row[2], int)),
        merged_files=len(merged),
        expired_snapshots=len(expired),
        removed_files=len(removed),
    )


def forget_old_forms(lake: Lake) -> bool:
    """Drop the catalog's tables of inlined rows of earlier forms of altered tables.

    Upkeep's flush drops these. A session that began before it would still look for them, and DuckDB dies of that
    (`Attempted to access index 0 within vector of size 0`). So code that alters tables calls this first.
    Returns whether there was something to let go of.
    """
    with connect(lake.store_url) as catalog:
        several = catalog.execute(
            sql.SQL(
                "SELECT 1 FROM {}.ducklake_inlined_data_tables GROUP BY table_id HAVING count(*) > 1 LIMIT 1"
            ).format(sql.Identifier(CATALOG_SCHEMA))
        ).fetchone()
    if several is None:
        return False
    with upkeep_lock(lake.store_url), lake.connect() as connection:
        connection.execute(FLUSH)
    return True
